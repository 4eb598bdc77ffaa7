// `kelp objdump`: the text of `objdump -d` (with relocations, `-dr`, for relocatable files) from an ELF file.

import { relocationNames, SHF_EXECINSTR } from "../abi/elf.js";
import { type Describe, type Disassembled, disassemble } from "./disassemble.js";
import { ElfError, type ElfFile, type Relocation, type Section } from "./elf-file.js";
import { SymbolTable } from "./symbols.js";

const BYTES_PER_LINE = 7;

/** Lines of the disassembly; of one function only where a name is given. */
export function* objdump(elf: ElfFile, fileName: string, symbol?: string): Generator<string> {
  if (symbol !== undefined && !elf.symbol(symbol)) throw new ElfError(`no symbol '${symbol}'`);
  yield "";
  yield `${fileName}:     file format elf64-x86-64`;
  yield "";
  for (const section of elf.sections) {
    if (!(section.flags & SHF_EXECINSTR) || section.size === 0) continue;
    const lines = [...sectionLines(elf, section, symbol)];
    if (lines.length === 0) continue;
    yield "";
    yield `Disassembly of section ${section.name}:`;
    yield* lines;
  }
}

function* sectionLines(elf: ElfFile, section: Section, only: string | undefined): Generator<string> {
  const symbols = new SymbolTable(elf, elf.relocatable ? section.index : undefined);
  const describe: Describe = (address) => symbols.describe(address);
  const relocations = elf.relocatable ? elf.relocations(section) : [];
  const base = section.address;
  const end = base + BigInt(section.size);
  const width = addressWidth(end);

  // One piece of code per label: objdump begins decoding anew at each symbol.
  const starts = symbols.all().filter(({ value, section: index }) => index === section.index && value >= base && value < end);
  const labels = starts.filter(({ value }, i) => i === 0 || starts[i - 1].value !== value);
  if (labels.length === 0 || labels[0].value > base) {
    if (only === undefined) {
      yield "";
      yield `${base.toString(16).padStart(16, "0")} <${section.name}>:`;
      yield* codeLines(section, base, labels[0]?.value ?? end, describe, relocations, width);
    }
  }
  for (const [i, label] of labels.entries()) {
    const next = labels[i + 1]?.value ?? end;
    let stop = next;
    if (only !== undefined) {
      const wanted = starts.find(({ name, value }) => name === only && value === label.value);
      if (!wanted) continue;
      if (wanted.size > 0 && label.value + BigInt(wanted.size) < next) stop = label.value + BigInt(wanted.size);
    }
    yield "";
    yield `${label.value.toString(16).padStart(16, "0")} <${only ?? label.name}>:`;
    yield* codeLines(section, label.value, stop, describe, relocations, width);
  }
}

function* codeLines(
  section: Section,
  from: bigint,
  to: bigint,
  describe: Describe,
  relocations: readonly Relocation[],
  width: number,
): Generator<string> {
  const code = section.bytes.subarray(Number(from - section.address), Number(to - section.address));
  for (const instruction of disassemble(code, from, describe)) {
    yield* instructionLines(instruction, width);
    const end = instruction.address + BigInt(instruction.bytes.length);
    for (const relocation of relocations) {
      const at = relocation.offset + section.address;
      if (at >= instruction.address && at < end) yield relocationLine(relocation, at);
    }
  }
}

function* instructionLines({ address, bytes, text }: Disassembled, width: number): Generator<string> {
  for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
    const where = (address + BigInt(at)).toString(16).padStart(width, " ");
    const hex = Array.from(bytes.subarray(at, at + BYTES_PER_LINE), (byte) => `${byte.toString(16).padStart(2, "0")} `).join("");
    yield at === 0 ? `${where}:\t${hex.padEnd(3 * BYTES_PER_LINE)}\t${text}` : `${where}:\t${hex}`;
  }
}

function relocationLine({ type, symbol, addend }: Relocation, at: bigint): string {
  const offset = addend === 0n ? "" : addend < 0n ? `-0x${(-addend).toString(16)}` : `+0x${addend.toString(16)}`;
  return `\t\t\t${at.toString(16)}: ${relocationNames[type] ?? `R_X86_64_${type}`}\t${symbol.name}${offset}`;
}

/** objdump drops groups of four leading zeros as long as five stand there. */
function addressWidth(end: bigint): number {
  const digits = end.toString(16).padStart(16, "0");
  let skip = 0;
  while (digits.startsWith("00000", skip)) skip += 4;
  return 16 - skip;
}
