// Writes a linked image as an ELF executable: program headers, contents at file offsets congruent to their addresses, section
// headers and the whole symbol table.

import {
  EHDR_SIZE,
  ET_EXEC,
  PHDR_SIZE,
  PT_LOAD,
  SHF_ALLOC,
  SHN_ABS,
  SHT_NOBITS,
  SHT_NULL,
  SHT_STRTAB,
  SHT_SYMTAB,
  STB_LOCAL,
  STT_FILE,
  STT_NOTYPE,
  SYM_SIZE,
} from "../../abi/elf.js";
import { ByteBuffer } from "./byte-buffer.js";
import { fileHeader, programHeader, type SectionHeader, sectionHeader, symbolRecord } from "./headers.js";
import { type Layout, type OutputSection, PAGE_SIZE } from "./layout.js";
import type { ObjectFile } from "./object.js";
import type { Resolved } from "./resolve.js";
import { StringTable } from "./string-table.js";

export interface ImageOptions {
  /** Virtual address of the layout's offset 0. */
  base: bigint;
  /** Physical address of the layout's offset 0. */
  physicalBase: bigint;
  entry: bigint;
}

interface SymbolTable {
  records: Uint8Array;
  strings: Uint8Array;
  localCount: number;
}

function symbolTable(symbols: readonly Resolved[], indexOf: Map<OutputSection, number>, base: bigint): SymbolTable {
  const strings = new StringTable();
  const out = new ByteBuffer((symbols.length + 1) * SYM_SIZE);
  const none = { binding: STB_LOCAL, visibility: 0, value: 0n, size: 0 };
  symbolRecord(out, { ...none, name: 0, type: STT_NOTYPE, sectionIndex: 0 });
  let count = 1;
  const add = (symbol: Resolved) => {
    const { output } = symbol;
    const isLoaded = output !== undefined && (output.flags & SHF_ALLOC) !== 0;
    symbolRecord(out, {
      name: strings.add(symbol.name),
      binding: symbol.binding,
      type: symbol.type,
      visibility: symbol.visibility,
      sectionIndex: output === undefined ? SHN_ABS : indexOf.get(output)!,
      value: isLoaded ? base + BigInt(symbol.address) : BigInt(symbol.address),
      size: symbol.size,
    });
    count++;
  };
  let file: ObjectFile | undefined;
  for (const symbol of symbols) {
    if (symbol.binding !== STB_LOCAL) continue;
    if (symbol.object !== file && symbol.object !== undefined) {
      file = symbol.object;
      symbolRecord(out, { ...none, name: strings.add(file.fileName), type: STT_FILE, sectionIndex: SHN_ABS });
      count++;
    }
    add(symbol);
  }
  const localCount = count;
  for (const symbol of symbols) if (symbol.binding !== STB_LOCAL) add(symbol);
  return { records: out.bytes, strings: strings.data.bytes, localCount };
}

/** The executable file of a finished layout. */
export function writeImage(layout: Layout, symbols: readonly Resolved[], options: ImageOptions): Uint8Array {
  const { base, physicalBase, entry } = options;
  const segments = layout.segments.filter((segment) => segment.outputs.some((output) => output.size > 0));
  const out = new ByteBuffer(layout.address - (layout.outputs[0]?.address ?? 0) + 0x10000);
  out.fill(0, EHDR_SIZE + PHDR_SIZE * segments.length);
  const indexOf = new Map(layout.outputs.map((output, index) => [output, index + 1]));
  const offsets = new Map<OutputSection, number>();
  const programs = new ByteBuffer(PHDR_SIZE * segments.length);
  for (const segment of segments) {
    const first = segment.outputs[0]!.address;
    out.align(PAGE_SIZE);
    out.fill(0, first % PAGE_SIZE);
    const start = out.length;
    let memoryEnd = first;
    let fileEnd = first;
    for (const output of segment.outputs) {
      if (output.type !== SHT_NOBITS && output.size > 0) {
        out.fill(0, start + output.address - first - out.length);
        offsets.set(output, out.length);
        out.append(output.data);
        fileEnd = output.address + output.size;
      } else offsets.set(output, out.length);
      memoryEnd = Math.max(memoryEnd, output.address + output.size);
    }
    programHeader(programs, {
      type: PT_LOAD,
      flags: segment.flags,
      offset: start,
      virtualAddress: base + BigInt(first),
      physicalAddress: physicalBase + BigInt(first),
      fileSize: fileEnd - first,
      memorySize: memoryEnd - first,
      align: PAGE_SIZE,
    });
  }
  const names = new StringTable();
  const headers: SectionHeader[] = [];
  const plain = { flags: 0, address: 0n, link: 0, info: 0, align: 1, entsize: 0 };
  headers.push({ ...plain, name: 0, type: SHT_NULL, offset: 0, size: 0, align: 0 });
  for (const output of layout.outputs) {
    const isLoaded = (output.flags & SHF_ALLOC) !== 0;
    if (!isLoaded) {
      out.align(output.align);
      offsets.set(output, out.length);
      out.append(output.data);
    }
    const { type, flags, size, entsize } = output;
    // A section's address must be a multiple of its alignment; a part of it may be aligned more strictly.
    let { align } = output;
    while (isLoaded && output.address % align !== 0) align /= 2;
    const address = isLoaded ? base + BigInt(output.address) : 0n;
    headers.push({
      ...plain,
      name: names.add(output.name),
      type,
      flags,
      address,
      offset: offsets.get(output) ?? out.length,
      size,
      align,
      entsize,
    });
  }
  const table = symbolTable(symbols, indexOf, base);
  const append = (name: string, type: number, data: Uint8Array, rest: Partial<SectionHeader>) => {
    out.align(rest.align ?? 1);
    headers.push({ ...plain, name: names.add(name), type, offset: out.length, size: data.length, ...rest });
    out.append(data);
  };
  const symtab = { align: 8, entsize: SYM_SIZE, link: headers.length + 1, info: table.localCount };
  append(".symtab", SHT_SYMTAB, table.records, symtab);
  append(".strtab", SHT_STRTAB, table.strings, {});
  names.add(".shstrtab");
  append(".shstrtab", SHT_STRTAB, names.data.bytes, {});
  out.align(8);
  const sectionHeaderOffset = out.length;
  for (const header of headers) sectionHeader(out, header);
  const head = new ByteBuffer(EHDR_SIZE);
  fileHeader(head, {
    type: ET_EXEC,
    entry,
    programHeaderOffset: EHDR_SIZE,
    programHeaderCount: segments.length,
    sectionHeaderOffset,
    sectionHeaderCount: headers.length,
    sectionNamesIndex: headers.length - 1,
  });
  out.set(0, head.bytes);
  out.set(EHDR_SIZE, programs.bytes);
  return out.bytes.slice();
}
