// From TypeScript's types to kcc's: brands tell widths, interfaces that extend struct<> or union<> are C's. One mapper serves
// one program, so a struct is one StructType everywhere.

import ts = require("typescript");

import { fail } from "../diagnostics.js";
import {
  BOOL,
  CHAR_POINTER,
  type CType,
  type FunctionType,
  INT,
  intTypes,
  pointerTo,
  S64,
  StructType,
  VA_LIST,
  VOID,
  VOID_POINTER,
} from "./c-type.js";

export class TypeMapper {
  readonly #structs = new Map<ts.Symbol, StructType>();
  readonly #cache = new Map<ts.Type, CType>();
  readonly #elementCache = new Map<ts.Type, CType>();

  constructor(readonly checker: ts.TypeChecker) {}

  /** All structs and unions that have been asked for. */
  get structs(): readonly StructType[] {
    return [...this.#structs.values()];
  }

  /** The type a type node stands for, as declared: embed<> and array<> are in place. */
  fromNode(node: ts.TypeNode): CType {
    return this.map(this.checker.getTypeFromTypeNode(node), node);
  }

  map(type: ts.Type, at: ts.Node): CType {
    const known = this.#cache.get(type);
    if (known !== undefined) return known;
    const mapped = this.#map(type, at);
    this.#cache.set(type, mapped);
    return mapped;
  }

  /** The type of an element of `T[]`: a struct lies in place, ref<T> is a pointer. */
  element(type: ts.Type, at: ts.Node): CType {
    const known = this.#elementCache.get(type);
    if (known !== undefined) return known;
    const brand = this.#brand(type, "E");
    const mapped = brand === undefined ? (this.#structOf(type, at) ?? this.map(type, at)) : this.map(type, at);
    this.#elementCache.set(type, mapped);
    return mapped;
  }

  /** The struct a type argument names: `sizeof<klp_func>()`. Other types are themselves. */
  object(node: ts.TypeNode): CType {
    const type = this.checker.getTypeFromTypeNode(node);
    return this.element(type, node);
  }

  #map(type: ts.Type, at: ts.Node): CType {
    const { flags } = type;
    if (flags & (ts.TypeFlags.Void | ts.TypeFlags.Never | ts.TypeFlags.Undefined)) return VOID;
    if (flags & ts.TypeFlags.BooleanLike) return BOOL;
    if (flags & ts.TypeFlags.EnumLike) return INT;
    if (flags & ts.TypeFlags.StringLike) return CHAR_POINTER;
    if (flags & ts.TypeFlags.NumberLiteral) return INT;
    if (flags & (ts.TypeFlags.NonPrimitive | ts.TypeFlags.Null | ts.TypeFlags.Unknown)) return VOID_POINTER;
    if (flags & ts.TypeFlags.NumberLike) return S64;
    if (type.isUnion()) return this.#union(type, at);
    if (type.isIntersection()) return this.#intersection(type, at);
    if (this.checker.isArrayType(type)) {
      return pointerTo(this.element(this.checker.getTypeArguments(type as ts.TypeReference)[0]!, at));
    }
    const signature = type.getCallSignatures()[0];
    if (signature !== undefined) return pointerTo(this.signature(signature, at));
    if (type.symbol?.name === "va_list") return pointerTo(VA_LIST);
    const struct = this.#structOf(type, at);
    if (struct !== undefined) return pointerTo(struct);
    return type.symbol === undefined ? fail(at, "noWidth") : fail(at, "notStruct", type.symbol.name);
  }

  #union(type: ts.UnionType, at: ts.Node): CType {
    const parts = type.types.filter((part) => !(part.flags & ts.TypeFlags.Null));
    if (parts.every((part) => part.flags & ts.TypeFlags.NumberLiteral)) return INT;
    if (parts.every((part) => part.flags & (ts.TypeFlags.StringLike | ts.TypeFlags.Object))) {
      if (parts.some((part) => part.flags & ts.TypeFlags.StringLike) && parts.some((part) => this.checker.isArrayType(part)))
        return CHAR_POINTER;
    }
    const mapped = parts.map((part) => this.map(part, at));
    if (mapped.every((part) => part.kind === "pointer")) {
      return mapped.length === 1 ? mapped[0]! : VOID_POINTER;
    }
    const [first] = mapped;
    if (first !== undefined && mapped.every((part) => part === first)) return first;
    return fail(at, "unionType");
  }

  #intersection(type: ts.IntersectionType, at: ts.Node): CType {
    const width = this.#brand(type, "W");
    if (width?.isStringLiteral()) {
      const found = intTypes[width.value];
      if (found !== undefined) return found;
    }
    const place = this.#brand(type, "E");
    const array = type.types.find((part) => this.checker.isArrayType(part));
    if (array !== undefined) {
      const of = this.element(this.checker.getTypeArguments(array as ts.TypeReference)[0]!, at);
      if (place?.isNumberLiteral()) return { kind: "array", of, length: place.value };
      return pointerTo(of);
    }
    const struct = type.types.map((part) => this.#structOf(part, at)).find((part) => part !== undefined);
    if (struct !== undefined) return place?.isStringLiteral() ? pointerTo(struct) : place === undefined ? pointerTo(struct) : struct;
    const rest = type.types.filter((part) => !this.#isBrand(part));
    if (rest.length === 1) return this.map(rest[0]!, at);
    if (rest.some((part) => part.flags & ts.TypeFlags.NonPrimitive)) return VOID_POINTER;
    if (type.flags & ts.TypeFlags.Intersection && rest.some((part) => part.flags & ts.TypeFlags.BooleanLike)) return BOOL;
    return fail(at, "unionType");
  }

  #isBrand(type: ts.Type): boolean {
    const properties = type.flags & ts.TypeFlags.Object ? type.getProperties() : [];
    return properties.length === 1 && (properties[0]!.escapedName as string).startsWith("__@");
  }

  /** The brand's literal: W is an integer's width, E says in place (1, an array's length) or "*". */
  #brand(type: ts.Type, letter: "W" | "E"): ts.Type | undefined {
    const parts = type.isIntersection() ? type.types : [];
    for (const part of parts) {
      if (!this.#isBrand(part)) continue;
      const property = part.getProperties()[0]!;
      if ((property.escapedName as string).startsWith(`__@${letter}@`)) return this.checker.getTypeOfSymbol(property);
    }
    return undefined;
  }

  #structOf(type: ts.Type, at: ts.Node): StructType | undefined {
    if (type.isIntersection()) {
      for (const part of type.types) {
        const struct = this.#structOf(part, at);
        if (struct !== undefined) return struct;
      }
      return undefined;
    }
    const symbol = type.symbol;
    if (symbol === undefined || !(symbol.flags & ts.SymbolFlags.Interface)) return undefined;
    const known = this.#structs.get(symbol);
    if (known !== undefined) return known;
    if (symbol.name === "va_list") return VA_LIST;
    const base = this.#base(symbol);
    if (base === undefined) return undefined;
    const declaration = symbol.declarations![0]!;
    const members = () => {
      const inherited = base.parent === undefined ? [] : [...base.parent.fields.values()];
      const own: { name: string; type: CType }[] = [];
      for (const declared of symbol.declarations ?? []) {
        if (!ts.isInterfaceDeclaration(declared)) continue;
        for (const member of declared.members) {
          if (ts.isPropertySignature(member) && member.type !== undefined) {
            own.push({ name: memberName(member.name), type: this.fromNode(member.type) });
          } else if (ts.isMethodSignature(member)) {
            const signature = this.checker.getSignatureFromDeclaration(member)!;
            own.push({ name: memberName(member.name), type: pointerTo(this.signature(signature, member)) });
          } else fail(member, "unsupported", "this member");
        }
      }
      return [...inherited, ...own];
    };
    const struct = new StructType(symbol.name, base.union, members, () => fail(declaration, "selfEmbed", symbol.name));
    this.#structs.set(symbol, struct);
    return struct;
  }

  /** Whether an interface is a struct or a union: by its chain of `extends`. */
  #base(symbol: ts.Symbol): { union: boolean; parent?: StructType } | undefined {
    for (const declaration of symbol.declarations ?? []) {
      if (!ts.isInterfaceDeclaration(declaration)) continue;
      for (const clause of declaration.heritageClauses ?? []) {
        for (const base of clause.types) {
          const name = base.expression.getText();
          if (name === "struct") return { union: false };
          if (name === "union") return { union: true };
          const parent = this.#structOf(this.checker.getTypeAtLocation(base), base);
          if (parent !== undefined) return { union: parent.union, parent };
        }
      }
    }
    return undefined;
  }

  signature(signature: ts.Signature, at: ts.Node): FunctionType {
    const { declaration } = signature;
    const where = declaration ?? at;
    const params: CType[] = [];
    let variadic = false;
    for (const parameter of signature.parameters) {
      const node = parameter.valueDeclaration;
      if (node !== undefined && ts.isParameter(node) && node.dotDotDotToken !== undefined) {
        variadic = true;
        continue;
      }
      const declared = node !== undefined && ts.isParameter(node) ? node.type : undefined;
      const type = declared === undefined ? this.map(this.checker.getTypeOfSymbol(parameter), where) : this.fromNode(declared);
      params.push(type.kind === "struct" || type.kind === "array" ? pointerTo(type.kind === "array" ? type.of : type) : type);
    }
    const returned = this.checker.getReturnTypeOfSignature(signature);
    const plainNumber = returned.flags & ts.TypeFlags.Number;
    if (plainNumber) fail(where, "returnType", signatureName(declaration));
    const result = this.map(returned, where);
    return { kind: "function", params, result: result.kind === "struct" ? pointerTo(result) : result, variadic };
  }
}

function memberName(name: ts.PropertyName): string {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) || ts.isNumericLiteral(name) ? name.text : name.getText();
}

function signatureName(declaration: ts.Signature["declaration"]): string {
  return declaration !== undefined && "name" in declaration && declaration.name !== undefined
    ? declaration.name.getText()
    : "this function";
}
