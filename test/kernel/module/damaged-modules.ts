// Damage to a module's file, by the ELF structures: each case is a byte range and what is written there, or a length to which it is cut.

import { EHDR_SIZE, RELA_SIZE, SHDR_SIZE, SHT_RELA, SHT_SYMTAB, SYM_SIZE } from "../../../src/abi/elf.js";

export interface Damage {
  readonly name: string;
  /** Where the bytes go; undefined: the file is cut to `length`. */
  readonly offset?: number;
  readonly bytes?: Uint8Array;
  readonly length?: number;
}

interface Section {
  readonly name: string;
  readonly type: number;
  readonly header: number;
  readonly offset: number;
  readonly size: number;
}

/** Fields of a section header: name, offset in it, width. */
const FIELDS: readonly (readonly [string, number, number])[] = [
  ["sh_name", 0, 4],
  ["sh_type", 4, 4],
  ["sh_flags", 8, 8],
  ["sh_offset", 24, 8],
  ["sh_size", 32, 8],
  ["sh_link", 40, 4],
  ["sh_info", 44, 4],
  ["sh_addralign", 48, 8],
  ["sh_entsize", 56, 8],
];
const VALUES = [0n, 1n, 2n, 0x7fff_ffffn, 0xffff_ffffn, 0x7fff_ffff_ffff_ffffn, 0xffff_ffff_ffff_ffffn];

function word(value: bigint, width: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return bytes.subarray(0, width);
}

function sectionsOf(image: Uint8Array): Section[] {
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  const table = Number(view.getBigUint64(40, true));
  const count = view.getUint16(60, true);
  const names = Number(view.getBigUint64(table + view.getUint16(62, true) * SHDR_SIZE + 24, true));
  return Array.from({ length: count }, (_, i) => {
    const header = table + i * SHDR_SIZE;
    const start = names + view.getUint32(header, true);
    return {
      name: new TextDecoder().decode(image.subarray(start, image.indexOf(0, start))),
      type: view.getUint32(header + 4, true),
      header,
      offset: Number(view.getBigUint64(header + 24, true)),
      size: Number(view.getBigUint64(header + 32, true)),
    };
  });
}

/**
 * What a load reads before the module's own code and tables count. Left alone is what decides only where those lead (the code itself, the
 * targets of its tables): a module whose code is wrong is run as it is, here as in Linux.
 */
export function damages(image: Uint8Array): Damage[] {
  const list: Damage[] = [];
  const sections = sectionsOf(image);
  const edges = new Set([0, 1, 3, 4, EHDR_SIZE - 1, EHDR_SIZE, image.length - 1]);
  for (const { header, offset, size } of sections)
    for (const edge of [header, header + 1, offset, offset + 1, offset + size - 1]) if (edge < image.length) edges.add(edge);
  for (const length of [...edges].sort((a, b) => a - b)) list.push({ name: `cut to ${length}`, length });
  for (let offset = 0; offset < EHDR_SIZE; offset++)
    for (const value of [0, 0xff, image[offset]! ^ 1, image[offset]! ^ 0x80])
      list.push({ name: `header byte ${offset} = ${value}`, offset, bytes: Uint8Array.of(value) });
  for (const section of sections.slice(1).filter(({ name }) => !name.startsWith(".rodata.str")))
    for (const [field, at, width] of FIELDS)
      for (const value of VALUES)
        if (width === 8 || value <= 0xffff_ffffn)
          list.push({ name: `${section.name} ${field} = ${value.toString(16)}`, offset: section.header + at, bytes: word(value, width) });
  for (const { name, type, offset, size } of sections) {
    if (type === SHT_SYMTAB)
      for (let symbol = 1; symbol * SYM_SIZE < size; symbol += 3)
        for (const [at, bytes] of [
          [0, word(0xffff_ffffn, 4)],
          [6, word(0xfeffn, 2)],
          [6, word(0xfff2n, 2)],
        ] as const)
          list.push({ name: `symbol ${symbol} + ${at}`, offset: offset + symbol * SYM_SIZE + at, bytes });
    if (type === SHT_RELA && /^\.rela\.(text|init\.text|exit\.text|data|rodata)$/.test(name))
      for (let i = 0; i * RELA_SIZE < size; i += 2)
        for (const [at, bytes] of [
          [0, word(-1n, 8)],
          [0, word(0x1000_0000n, 8)],
          [8, word(0xffn, 1)],
          [12, word(0xff_ffffn, 4)],
        ] as const)
          list.push({ name: `${name} ${i} + ${at}`, offset: offset + i * RELA_SIZE + at, bytes });
    if (name === ".modinfo")
      for (let at = 0; at < size; at += 5)
        list.push({ name: `.modinfo ${at}`, offset: offset + at, bytes: Uint8Array.of(image[offset + at]! === 0 ? 0x41 : 0) });
  }
  return list;
}
