// The running kernel as the inspectors see it: guest memory by symbol, struct and field name. Every read may fail (undefined):
// the guest may not have booted that far, or may have written nonsense; every walk is bounded.

import type { Cores } from "../vm/cpu/cpu-api.js";
import { Btf } from "./btf.js";
import { ElfFile, type Section } from "./elf-file.js";
import { GuestReader } from "./guest-reader.js";
import { SymbolTable } from "./symbols.js";

/** No list of the kernel's that is shown has more entries; a damaged one may be a circle. */
const LIST_LIMIT = 4096;

export class KernelView {
  readonly reader: GuestReader;
  readonly symbols: SymbolTable;
  readonly btf: Btf | undefined;
  readonly elf: ElfFile;

  constructor(
    readonly cores: Cores,
    image: Uint8Array,
  ) {
    this.reader = new GuestReader(cores);
    this.elf = new ElfFile(image);
    this.symbols = new SymbolTable(this.elf);
    const types: Section | undefined = this.elf.section(".BTF");
    this.btf = types && new Btf(types.bytes);
  }

  /** Forgets what may have changed. Call it before each look. */
  refresh(): void {
    this.reader.refresh();
  }

  /** The address of a variable or function of vmlinux. */
  address(name: string): bigint | undefined {
    return this.symbols.address(name);
  }

  /** This CPU's instance of a per-CPU variable. */
  perCpu(name: string, cpu: number): bigint | undefined {
    const [base, offsets] = [this.address(name), this.address("__per_cpu_offset")];
    if (base === undefined || offsets === undefined) return undefined;
    const offset = cpu === 0 ? 0n : this.reader.u64(offsets + BigInt(8 * cpu));
    return offset === undefined ? undefined : BigInt.asUintN(64, base + offset);
  }

  /** A pointer variable's value. */
  pointer(name: string): bigint | undefined {
    const at = this.address(name);
    return at === undefined ? undefined : this.reader.u64(at);
  }

  /** The address of a field. */
  at(struct: string, address: bigint, path: string): bigint | undefined {
    const offset = this.btf?.offsetOf(struct, path);
    return offset === undefined ? undefined : address + BigInt(offset);
  }

  /** A field's value, sign-extended if its type is signed. */
  field(struct: string, address: bigint, path: string): bigint | undefined {
    const place = this.btf?.field(struct, path);
    if (!place || ![1, 2, 4, 8].includes(place.size)) return undefined;
    const value = this.reader.unsigned(address + BigInt(place.offset), place.size);
    return value !== undefined && place.signed ? BigInt.asIntN(8 * place.size, value) : value;
  }

  number(struct: string, address: bigint, path: string): number | undefined {
    const value = this.field(struct, address, path);
    return value === undefined ? undefined : Number(value);
  }

  flag(struct: string, address: bigint, path: string): boolean {
    return (this.field(struct, address, path) ?? 0n) !== 0n;
  }

  /** The text in a `char name[N]` field. */
  name(struct: string, address: bigint, path: string): string | undefined {
    const place = this.btf?.field(struct, path);
    return place && this.reader.text(address + BigInt(place.offset), place.size);
  }

  /** The text that a `char *` field points to; undefined for null. */
  text(struct: string, address: bigint, path: string): string | undefined {
    const pointer = this.field(struct, address, path);
    return pointer === undefined || pointer === 0n ? undefined : this.reader.text(pointer);
  }

  /** Structs that are linked through `member` from the list_head at `head`. */
  list(head: bigint | undefined, struct: string, member: string): bigint[] {
    const offset = this.btf?.offsetOf(struct, member);
    const found: bigint[] = [];
    if (head === undefined || offset === undefined) return found;
    const seen = new Set<bigint>([head]);
    for (let node = this.reader.u64(head); node && !seen.has(node) && found.length < LIST_LIMIT; node = this.reader.u64(node)) {
      seen.add(node);
      found.push(node - BigInt(offset));
    }
    return found;
  }

  /** Structs on the hlist whose hlist_head lies at `head`. */
  hashList(head: bigint | undefined, struct: string, member: string): bigint[] {
    const offset = this.btf?.offsetOf(struct, member);
    const found: bigint[] = [];
    if (head === undefined || offset === undefined) return found;
    const seen = new Set<bigint>();
    for (let node = this.reader.u64(head); node && !seen.has(node) && found.length < LIST_LIMIT; node = this.reader.u64(node)) {
      seen.add(node);
      found.push(node - BigInt(offset));
    }
    return found;
  }
}
