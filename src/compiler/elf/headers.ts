// Writes the fixed-form records of an ELF64 file: file header, section headers, program headers, symbols. For write.ts and
// image.ts.

import { EHDR_SIZE, ELFCLASS64, ELFDATA2LSB, EM_X86_64, EV_CURRENT, PHDR_SIZE, SHDR_SIZE } from "../../abi/elf.js";
import type { ByteBuffer } from "./byte-buffer.js";

export interface FileHeader {
  type: number;
  entry: bigint;
  programHeaderOffset: number;
  programHeaderCount: number;
  sectionHeaderOffset: number;
  sectionHeaderCount: number;
  sectionNamesIndex: number;
}

export function fileHeader(out: ByteBuffer, header: FileHeader): void {
  out.append([0x7f, 0x45, 0x4c, 0x46, ELFCLASS64, ELFDATA2LSB, EV_CURRENT, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  out.u16(header.type);
  out.u16(EM_X86_64);
  out.u32(EV_CURRENT);
  out.u64(header.entry);
  out.u64(header.programHeaderOffset);
  out.u64(header.sectionHeaderOffset);
  out.u32(0);
  out.u16(EHDR_SIZE);
  out.u16(header.programHeaderCount === 0 ? 0 : PHDR_SIZE);
  out.u16(header.programHeaderCount);
  out.u16(SHDR_SIZE);
  out.u16(header.sectionHeaderCount);
  out.u16(header.sectionNamesIndex);
}

export interface SectionHeader {
  name: number;
  type: number;
  flags: number;
  address: bigint;
  offset: number;
  size: number;
  link: number;
  info: number;
  align: number;
  entsize: number;
}

export function sectionHeader(out: ByteBuffer, header: SectionHeader): void {
  out.u32(header.name);
  out.u32(header.type);
  out.u64(header.flags);
  out.u64(header.address);
  out.u64(header.offset);
  out.u64(header.size);
  out.u32(header.link);
  out.u32(header.info);
  out.u64(header.align);
  out.u64(header.entsize);
}

export interface ProgramHeader {
  type: number;
  flags: number;
  offset: number;
  virtualAddress: bigint;
  physicalAddress: bigint;
  fileSize: number;
  memorySize: number;
  align: number;
}

export function programHeader(out: ByteBuffer, header: ProgramHeader): void {
  out.u32(header.type);
  out.u32(header.flags);
  out.u64(header.offset);
  out.u64(header.virtualAddress);
  out.u64(header.physicalAddress);
  out.u64(header.fileSize);
  out.u64(header.memorySize);
  out.u64(header.align);
}

export interface SymbolRecord {
  name: number;
  binding: number;
  type: number;
  visibility: number;
  sectionIndex: number;
  value: bigint;
  size: number;
}

export function symbolRecord(out: ByteBuffer, symbol: SymbolRecord): void {
  out.u32(symbol.name);
  out.u8((symbol.binding << 4) | symbol.type);
  out.u8(symbol.visibility);
  out.u16(symbol.sectionIndex);
  out.u64(symbol.value);
  out.u64(symbol.size);
}
