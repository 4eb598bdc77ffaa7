// The decoder against iced-x86: any bytes decode without a host exception, to the same length.

import test from "ava";
import { Code, DecoderOptions, Decoder as Iced } from "iced-x86";
import { random } from "../../../scripts/vectors/format.js";
import { Decoder } from "../../../src/vm/cpu/decoder.js";
import { H_CROSS, H_SYSTEM } from "../../../src/vm/cpu/handlers.js";
import * as L from "../../../src/vm/cpu/layout.js";
import { SystemOp } from "../../../src/vm/cpu/system-ops.js";
import { TABLE } from "../../../src/vm/cpu/table.js";

/** Raise #UD themselves, by prefix or register number, where iced-x86 calls the bytes invalid. */
const REFUSING = new Set<number>([
  SystemOp.Ud,
  SystemOp.General,
  SystemOp.ReadCr,
  SystemOp.WriteCr,
  SystemOp.ReadDr,
  SystemOp.WriteDr,
  SystemOp.ReadSelector,
  SystemOp.WriteSelector,
]);

/** Two million bytes would be a fuzz run; this many instructions take a second. */
const ROUNDS = 60_000;

test("random bytes decode to the lengths that iced-x86 finds", (t) => {
  const memory = new WebAssembly.Memory({ initial: L.RAM_BASE / 65536 + 1 });
  const u8 = new Uint8Array(memory.buffer);
  const view = new DataView(memory.buffer);
  const decoder = new Decoder(
    memory,
    () => {},
    () => {},
  );
  const next = random(42);
  const opcodes = TABLE.map((r) => {
    if (r.map === 0) return [r.opcode];
    if (r.map === 1) return [0x0f, r.opcode];
    if (r.map === 2) return [0x0f, 0x38, r.opcode];
    const pp = [0, 0x66, 0xf3, 0xf2].indexOf(r.prefix!);
    return [0xc4, 0xe0 | (r.map - 1), (r.args.some((a) => a[0] === "B") ? 0x20 : 0x78) | pp, r.opcode];
  });
  const prefixes = [[], [], [], [0x66], [0xf2], [0xf3], [0x67], [0x64], [0x48], [0x41], [0x4f], [0x66, 0x48], [0x48, 0x66], [0xf0]];
  const wrong: string[] = [];
  let compared = 0;
  for (let n = 0; n < ROUNDS && wrong.length < 10; n++) {
    const bytes = Array.from({ length: 16 }, () => next() & 0xff);
    // Mostly what the table knows, the rest pure noise.
    if (n % 4 !== 0) {
      const head = [...prefixes[next() % prefixes.length]!, ...opcodes[next() % opcodes.length]!];
      bytes.splice(0, head.length, ...head);
    }
    u8.set(bytes, L.RAM_BASE);
    u8.fill(0, L.PAGE_MAPS, L.PAGE_MAPS + 8);
    const record = decoder.decode(decoder.pageMap(0), 0);
    const handler = view.getInt32(record, true);
    const imm = view.getInt32(record + L.REC_IMM, true) & 0xff;
    if (handler === H_CROSS || (handler === H_SYSTEM && imm <= SystemOp.Undefined)) continue;
    if (handler === H_SYSTEM && REFUSING.has(imm)) continue;
    const iced = new Iced(64, Uint8Array.from(bytes), DecoderOptions.None);
    const instruction = iced.decode();
    const [code, length] = [instruction.code, instruction.length];
    instruction.free();
    iced.free();
    const ours = view.getUint16(record + L.REC_END, true);
    compared++;
    if (code === Code.INVALID || length !== ours)
      wrong.push(`${Buffer.from(bytes).toString("hex")}: ${ours}, iced ${length} ${Code[code]}`);
  }
  t.deepEqual(wrong, []);
  t.true(compared > ROUNDS / 3);
});
