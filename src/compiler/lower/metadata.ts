// What the top-level calls of a file put into the object besides code: exported symbols, .modinfo, parameters, the module's own
// struct. Layouts are Linux 6.1's on x86-64.

import { createHash } from "node:crypto";

import ts = require("typescript");

import { R_X86_64_64, R_X86_64_PC32, STT_NOTYPE, STT_OBJECT } from "../../abi/elf.js";
import { diagnosticAt, fail } from "../diagnostics.js";
import type { ElfSymbol } from "../elf/object.js";
import { BOOL, type CType, INT, S16, S64, StructType, sizeOf, typeText, U8, U16, U32, U64 } from "../front/c-type.js";
import { utf8 } from "../front/literals.js";
import type { Attribute } from "../front/program.js";
import type { Context } from "./context.js";
import { entityOf, functionAddress, variableAddress } from "./entities.js";
import { constantInteger, expression, foldString } from "./expressions.js";
import type { Unit } from "./unit.js";

const RELEASE = "6.1.0-kelp";
const VERMAGIC = `${RELEASE} SMP preempt mod_unload modversions `;

const modinfoKeys: Readonly<Record<string, string>> = {
  MODULE_LICENSE: "license",
  MODULE_AUTHOR: "author",
  MODULE_DESCRIPTION: "description",
  MODULE_VERSION: "version",
  MODULE_ALIAS: "alias",
};
/** Attributes that are handled where their symbol is compiled. */
const symbolAttributes = new Set([
  "notrace",
  "noinline",
  "inline",
  "init",
  "exit",
  "global",
  "tail_call",
  "noframe",
  "aligned",
  "section",
  "percpu",
  "kprobe_blacklist",
]);

/** What module_init() and module_exit() named. */
export interface ModuleFunctions {
  init?: ElfSymbol;
  exit?: ElfSymbol;
}

export class Metadata {
  readonly functions: ModuleFunctions = {};
  readonly #infos: string[] = [];
  readonly #exports: { name: string; symbol: ElfSymbol; gpl: boolean }[] = [];

  constructor(readonly unit: Unit) {}

  /** One top-level call. */
  attribute(attribute: Attribute): void {
    const { name, call } = attribute;
    const { unit } = this;
    const cx: Context = { unit };
    if (symbolAttributes.has(name)) {
      this.#checkTarget(attribute);
      return;
    }
    const key = modinfoKeys[name];
    if (key !== undefined) {
      this.info(key, text(cx, call, 0, name));
      return;
    }
    switch (name) {
      case "MODULE_INFO":
        this.info(text(cx, call, 0, name), text(cx, call, 1, name));
        return;
      case "EXPORT_SYMBOL":
      case "EXPORT_SYMBOL_GPL": {
        const target = call.arguments[0]!;
        this.#exports.push({ name: this.#linkName(target), symbol: this.#address(target), gpl: name === "EXPORT_SYMBOL_GPL" });
        return;
      }
      case "module_init":
      case "module_exit":
        if (unit.options.module === undefined) fail(call, "moduleOnly", name);
        this.functions[name === "module_init" ? "init" : "exit"] = this.#address(call.arguments[0]!);
        return;
      case "module_param":
        this.#parameter(call, call.arguments[0]!.getText(), call.arguments[0]!, call.arguments[1]!, call.arguments[2]!);
        return;
      case "module_param_named":
        this.#parameter(call, text(cx, call, 0, name), call.arguments[1]!, call.arguments[2]!, call.arguments[3]!);
        return;
      case "module_param_array":
        this.#arrayParameter(call);
        return;
      case "module_param_cb":
        this.#callbackParameter(call);
        return;
      case "notrace_file":
        return;
      case "MODULE_PARM_DESC":
        this.info("parm", `${call.arguments[0]!.getText()}:${text(cx, call, 1, name)}`);
        return;
    }
    fail(call, "topLevelCode");
  }

  #checkTarget({ name, call }: Attribute): void {
    const [target] = call.arguments;
    const symbol = target !== undefined && ts.isIdentifier(target) ? this.unit.program.resolve(target) : undefined;
    if (symbol === undefined || !symbol.declarations?.some((d) => d.getSourceFile() === call.getSourceFile()))
      fail(call, "attributeTarget", name);
  }

  /** The symbol that a name stands for. */
  #address(node: ts.Expression): ElfSymbol {
    const symbol = ts.isIdentifier(node) ? this.unit.program.resolve(node) : undefined;
    const entity = symbol === undefined ? undefined : entityOf(this.unit, symbol, node);
    const tree =
      entity?.k === "function"
        ? functionAddress(this.unit, entity)
        : entity?.k === "variable"
          ? variableAddress(this.unit, entity, node)
          : undefined;
    return tree?.k === "symbol" ? tree.symbol : fail(node, "unknownName", node.getText());
  }

  #linkName(node: ts.Expression): string {
    return this.#address(node).name;
  }

  /** What the module says of itself: the last comes first, as gcc lays out static variables. */
  info(key: string, value: string): void {
    this.#infos.unshift(`${key}=${value}`);
  }

  /** .modinfo: the sources' lines, then those that a module gets when it is built. `sources`: their text, for the version of a versioned module. */
  writeInfo(name: string, sources: readonly string[]): void {
    const versioned = this.#infos.some((line) => line.startsWith("version="));
    const built = [...(versioned ? [`srcversion=${sourceVersion(sources)}`] : []), `name=${name}`, `vermagic=${VERMAGIC}`];
    const section = this.unit.object.section(".modinfo");
    for (const line of [...this.#infos, ...built]) {
      section.data.append(utf8(line));
      section.data.u8(0);
    }
  }

  // ---- exports ----

  /** __ksymtab entries: distances from the fields to value, name and namespace. A module's table is sorted by name. */
  writeExports(): void {
    const { unit } = this;
    const inModule = unit.options.module !== undefined;
    const sorted = [...this.#exports].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    if (sorted.length === 0) return;
    const strings = unit.object.section("__ksymtab_strings");
    const noNamespace = unit.object.temporarySymbol(".Lns").define(strings, strings.size);
    strings.data.u8(0);
    for (const { name, symbol, gpl } of sorted) {
      const nameSymbol = unit.object.temporarySymbol(".Lkstrtab").define(strings, strings.size);
      strings.data.append(utf8(name));
      strings.data.u8(0);
      const table = gpl ? "__ksymtab_gpl" : "__ksymtab";
      const section = unit.object.section(inModule ? table : `_${table}+${name}`);
      const at = section.alignTo(4);
      section.reserve(12);
      [symbol, nameSymbol, noNamespace].forEach((target, i) => {
        section.relocate(at + i * 4, R_X86_64_PC32, target, 0);
      });
      unit.object.localSymbol(`__ksymtab_${name}`).define(section, at, STT_NOTYPE);
    }
  }

  // ---- parameters ----

  #parameter(call: ts.CallExpression, name: string, variable: ts.Expression, typeNode: ts.Expression, mode: ts.Expression): void {
    const type = foldString({ unit: this.unit }, typeNode) ?? fail(typeNode, "literalText", "module_param");
    const { address, stored } = this.#variable(variable);
    checkParameter(variable, type, stored);
    this.#kernelParam(call, name, `param_ops_${type}`, mode, address);
    this.info("parmtype", `${name}:${type}`);
  }

  #variable(node: ts.Expression): { address: ElfSymbol; stored: CType } {
    const symbol = ts.isIdentifier(node) ? this.unit.program.resolve(node) : undefined;
    const entity = symbol === undefined ? undefined : entityOf(this.unit, symbol, node);
    if (entity?.k !== "variable") return fail(node, "unknownName", node.getText());
    return { address: this.#address(node), stored: entity.type };
  }

  #arrayParameter(call: ts.CallExpression): void {
    const [variable, typeNode, count, mode] = call.arguments as unknown as readonly [
      ts.Expression,
      ts.Expression,
      ts.Expression,
      ts.Expression,
    ];
    const { unit } = this;
    const name = variable.getText();
    const type = foldString({ unit }, typeNode) ?? fail(typeNode, "literalText", "module_param_array");
    const { address, stored } = this.#variable(variable);
    if (stored.kind !== "array") fail(variable, "paramType", `array of ${type}`, name, typeText(stored));
    checkParameter(variable, type, stored.of);
    // struct kparam_array { unsigned int max, elemsize; unsigned int *num; const struct kernel_param_ops *ops; void *elem; }
    const section = unit.object.section(".rodata");
    const at = section.alignTo(8);
    section.reserve(32);
    section.data.setU32(at, stored.length);
    section.data.setU32(at + 4, sizeOf(stored.of));
    if (count.kind !== ts.SyntaxKind.NullKeyword) section.relocate(at + 8, R_X86_64_64, this.#address(countName(count)), 0);
    section.relocate(at + 16, R_X86_64_64, unit.object.symbol(`param_ops_${type}`), 0);
    section.relocate(at + 24, R_X86_64_64, address, 0);
    const array = unit.object.localSymbol(`__param_arr_${name}`).define(section, at, STT_OBJECT, 32);
    this.#kernelParam(call, name, "param_array_ops", mode, array);
    this.info("parmtype", `${name}:array of ${type}`);
  }

  #callbackParameter(call: ts.CallExpression): void {
    const [nameNode, ops, arg, mode] = call.arguments as unknown as readonly [ts.Expression, ts.Expression, ts.Expression, ts.Expression];
    const cx: Context = { unit: this.unit };
    const name = foldString(cx, nameNode) ?? fail(nameNode, "literalText", "module_param_cb");
    const value = expression(cx, arg);
    const target = value.k === "symbol" ? value.symbol : undefined;
    this.#kernelParam(call, name, this.#address(ops), mode, target, value.k === "symbol" ? value.offset : 0);
  }

  #kernelParam(
    call: ts.CallExpression,
    name: string,
    ops: string | ElfSymbol,
    mode: ts.Expression,
    argument: ElfSymbol | undefined,
    addend = 0,
  ): void {
    const { unit } = this;
    const perm = constantInteger({ unit }, mode) ?? fail(mode, "needsConstant", "module_param");
    const section = unit.object.section("__param");
    const at = section.alignTo(8);
    section.reserve(40);
    const fullName = unit.options.module === undefined ? `${builtInName(call.getSourceFile())}.${name}` : name;
    section.relocate(at, R_X86_64_64, unit.string(fullName), 0);
    if (unit.options.module !== undefined) section.relocate(at + 8, R_X86_64_64, unit.object.symbol("__this_module"), 0);
    section.relocate(at + 16, R_X86_64_64, typeof ops === "string" ? unit.object.symbol(ops) : ops, 0);
    section.data.setU8(at + 24, Number(perm & 0xffn));
    section.data.setU8(at + 25, Number((perm >> 8n) & 0xffn));
    section.data.setU8(at + 26, 0xff); // level -1: not a boot-time level
    if (argument !== undefined) section.relocate(at + 32, R_X86_64_64, argument, addend);
    unit.object.localSymbol(`__param_${name}`).define(section, at, STT_OBJECT, 40);
  }

  // ---- the module itself ----

  /** .gnu.linkonce.this_module after the kernel's own `module`, name and version lines of .modinfo. */
  writeModule(name: string, struct: CType | undefined, at: ts.Node | undefined): void {
    const { unit } = this;
    if (!(struct instanceof StructType)) {
      if (at !== undefined) unit.diagnostics.push(diagnosticAt(at, "unknownName", "module"));
      return;
    }
    const section = unit.object.section(".gnu.linkonce.this_module");
    const start = section.alignTo(64);
    section.reserve(struct.size);
    const field = (fieldName: string) => struct.fields.get(fieldName)?.offset;
    const nameAt = field("name");
    if (nameAt !== undefined) section.data.set(start + nameAt, utf8(name));
    for (const [fieldName, symbolName, target] of [
      ["init", "init_module", this.functions.init],
      ["exit", "cleanup_module", this.functions.exit],
    ] as const) {
      const offset = field(fieldName);
      if (target === undefined || offset === undefined) continue;
      section.relocate(start + offset, R_X86_64_64, unit.object.symbol(symbolName), 0);
    }
    unit.object.symbol("__this_module").define(section, start, STT_OBJECT, struct.size);
    this.#note();
  }

  /**
   * .note.Linux, as modules of Linux have it: built without link-time optimisation (LINUX_ELFNOTE_LTO_INFO 0x101, 0), and for which build
   * (LINUX_ELFNOTE_BUILD_SALT 0x100).
   */
  #note(): void {
    const section = this.unit.object.section(".note.Linux");
    section.alignTo(4);
    const salt = utf8(`${RELEASE}\0`);
    for (const [type, size] of [
      [0x101, 4],
      [0x100, salt.length],
    ] as const) {
      for (const word of [6, size, type]) section.data.u32(word);
      section.data.append(utf8("Linux\0\0\0"));
      if (type === 0x101) section.data.u32(0);
    }
    section.data.append(salt);
    section.alignTo(4);
  }

  /** init_module and cleanup_module, once the functions have their places. */
  writeAliases(): void {
    if (this.functions.init !== undefined) this.unit.alias("init_module", this.functions.init);
    if (this.functions.exit !== undefined) this.unit.alias("cleanup_module", this.functions.exit);
  }
}

/** Changes with the sources, and with nothing else: 23 hexadecimal digits, as modpost prints them. */
function sourceVersion(sources: readonly string[]): string {
  const hash = createHash("md5");
  for (const source of sources) hash.update(source);
  return hash.digest("hex").toUpperCase().slice(0, 23);
}

/** addr(n) and n name the same counter. */
function countName(node: ts.Expression): ts.Expression {
  return ts.isCallExpression(node) && node.arguments[0] !== undefined ? node.arguments[0] : node;
}

const parameterTypes: Readonly<Record<string, readonly CType[]>> = {
  int: [INT],
  uint: [U32],
  long: [S64],
  ulong: [U64],
  short: [S16],
  ushort: [U16],
  byte: [U8],
  bool: [BOOL],
  invbool: [BOOL],
  hexint: [U32],
};

function checkParameter(node: ts.Expression, type: string, stored: CType): void {
  if (type === "charp" ? stored.kind === "pointer" : (parameterTypes[type]?.includes(stored) ?? false)) return;
  fail(node, "paramType", type, node.getText(), typeText(stored));
}

function text(cx: Context, call: ts.CallExpression, i: number, name: string): string {
  const node = call.arguments[i];
  return (node === undefined ? undefined : foldString(cx, node)) ?? fail(node ?? call, "literalText", name);
}

const builtInName = (file: ts.SourceFile): string => file.fileName.replace(/.*\//, "").replace(/\.ts$/, "");
