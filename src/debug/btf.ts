// Reads BTF (vmlinux's .BTF): where the fields of the guest's structs lie. Damaged data is a BtfError.

import { BTF_HEADER_SIZE, BTF_INT_SIGNED, BTF_KIND, BTF_MAGIC, BTF_VERSION } from "../abi/btf.js";

export class BtfError extends Error {}

export interface BtfMember {
  readonly name: string;
  readonly type: number;
  /** Bits from the struct's start. */
  readonly offset: number;
}

export interface BtfType {
  readonly kind: number;
  readonly name: string;
  /** Bytes, for kinds that have a size; else the type referred to. */
  readonly sizeOrType: number;
  readonly members: readonly BtfMember[];
  /** INT: encoding; ARRAY: element type. */
  readonly detail: number;
  /** ARRAY: elements; VAR: linkage. */
  readonly count: number;
}

/** A field as it is read: where, how long, how. */
export interface FieldPlace {
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
}

const POINTER_SIZE = 8;
/** Typedefs and qualifiers in a row: more is a circle. */
const MAX_CHAIN = 64;

export class Btf {
  /** By id; 0 is void. */
  private readonly types: BtfType[] = [{ kind: 0, name: "void", sizeOrType: 0, members: [], detail: 0, count: 0 }];
  private readonly structs = new Map<string, BtfType>();
  private readonly variables = new Map<string, BtfType>();
  private readonly places = new Map<string, FieldPlace | undefined>();

  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    try {
      this.read(bytes, view);
    } catch (error) {
      if (error instanceof RangeError) throw new BtfError("the type information is truncated");
      throw error;
    }
  }

  private read(bytes: Uint8Array, view: DataView): void {
    if (view.getUint16(0, true) !== BTF_MAGIC || view.getUint8(2) !== BTF_VERSION) throw new BtfError("no BTF of version 1");
    const header = view.getUint32(4, true);
    if (header < BTF_HEADER_SIZE) throw new BtfError("the BTF header is too short");
    const [typeAt, typeLength, stringAt, stringLength] = [8, 12, 16, 20].map((at) => view.getUint32(at, true));
    const strings = bytes.subarray(header + stringAt, header + stringAt + stringLength);
    const name = (offset: number) => {
      const end = strings.indexOf(0, offset);
      if (end < 0) throw new BtfError("a BTF name has no end");
      return Buffer.from(strings.subarray(offset, end)).toString("latin1");
    };
    const end = header + typeAt + typeLength;
    for (let at = header + typeAt; at < end; ) at = this.readType(view, at, name);
  }

  private readType(view: DataView, start: number, name: (offset: number) => string): number {
    let at = start;
    const word = () => {
      at += 4;
      return view.getUint32(at - 4, true);
    };
    const [nameAt, info, sizeOrType] = [word(), word(), word()];
    const kind = (info >>> 24) & 0x1f;
    const vlen = info & 0xffff;
    const members: BtfMember[] = [];
    let [detail, count] = [0, 0];
    switch (kind) {
      case BTF_KIND.INT:
        detail = word() >>> 24;
        break;
      case BTF_KIND.ARRAY: {
        detail = word();
        word();
        count = word();
        break;
      }
      case BTF_KIND.STRUCT:
      case BTF_KIND.UNION:
        for (let i = 0; i < vlen; i++) members.push({ name: name(word()), type: word(), offset: word() });
        break;
      case BTF_KIND.ENUM:
      case BTF_KIND.FUNC_PROTO:
        at += 8 * vlen;
        break;
      case BTF_KIND.VAR:
        count = word();
        break;
      case BTF_KIND.DATASEC:
        at += 12 * vlen;
        break;
      case BTF_KIND.PTR:
      case BTF_KIND.FWD:
      case BTF_KIND.TYPEDEF:
      case BTF_KIND.VOLATILE:
      case BTF_KIND.CONST:
      case BTF_KIND.RESTRICT:
      case BTF_KIND.FUNC:
        break;
      default:
        throw new BtfError(`BTF kind ${kind} is not known`);
    }
    const type: BtfType = { kind, name: name(nameAt), sizeOrType, members, detail, count };
    this.types.push(type);
    // Of several structs with one name (static ones of several files) the first counts.
    if ((kind === BTF_KIND.STRUCT || kind === BTF_KIND.UNION) && !this.structs.has(type.name)) this.structs.set(type.name, type);
    if (kind === BTF_KIND.VAR && !this.variables.has(type.name)) this.variables.set(type.name, type);
    return at;
  }

  /** Bytes of a struct or union. */
  sizeOf(struct: string): number | undefined {
    return this.structs.get(struct)?.sizeOrType;
  }

  /** `offsetOf("task_struct", "thread.sp")`. */
  offsetOf(struct: string, path: string): number | undefined {
    return this.field(struct, path)?.offset;
  }

  /** Where a field, or a field of an embedded struct, lies. */
  field(struct: string, path: string): FieldPlace | undefined {
    const key = `${struct}.${path}`;
    if (!this.places.has(key)) this.places.set(key, this.find(struct, path));
    return this.places.get(key);
  }

  /** The size of a variable's type. */
  variableSize(name: string): number | undefined {
    const variable = this.variables.get(name);
    return variable && this.size(variable.sizeOrType);
  }

  private find(struct: string, path: string): FieldPlace | undefined {
    let type = this.structs.get(struct);
    let offset = 0;
    let member: BtfMember | undefined;
    for (const part of path.split(".")) {
      member = type?.members.find(({ name }) => name === part);
      if (!member) return undefined;
      offset += member.offset / 8;
      type = this.plain(member.type);
    }
    if (!member) return undefined;
    return { offset, size: this.size(member.type) ?? 0, signed: type?.kind === BTF_KIND.INT && (type.detail & BTF_INT_SIGNED) !== 0 };
  }

  /** The type behind typedefs and qualifiers. */
  private plain(id: number): BtfType | undefined {
    const through: readonly number[] = [BTF_KIND.TYPEDEF, BTF_KIND.VOLATILE, BTF_KIND.CONST, BTF_KIND.RESTRICT];
    let type = this.types[id];
    for (let i = 0; type && through.includes(type.kind) && i < MAX_CHAIN; i++) type = this.types[type.sizeOrType];
    return type;
  }

  private size(id: number, depth = 0): number | undefined {
    const type = this.plain(id);
    if (!type || depth > MAX_CHAIN) return undefined;
    if (type.kind === BTF_KIND.PTR) return POINTER_SIZE;
    if (type.kind === BTF_KIND.ARRAY) return (this.size(type.detail, depth + 1) ?? 0) * type.count;
    return type.sizeOrType;
  }
}
