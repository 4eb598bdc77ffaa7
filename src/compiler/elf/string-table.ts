// Contents of SHT_STRTAB sections: each text once, in order of first use.

import { ByteBuffer } from "./byte-buffer.js";

export class StringTable {
  readonly data = new ByteBuffer();
  readonly #offsets = new Map<string, number>();

  constructor() {
    this.add("");
  }

  /** Offset of the text, added if it is new. */
  add(text: string): number {
    const known = this.#offsets.get(text);
    if (known !== undefined) return known;
    const offset = this.data.length;
    this.data.cstring(text);
    this.#offsets.set(text, offset);
    return offset;
  }
}
