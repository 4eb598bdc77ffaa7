// Puts the core's wasm module together: runtime functions and one handler function for each form of the instruction table.
// Pure function of the table; cores.ts instantiates it.

import { Handler } from "./handler.js";
import { HANDLER_FORMS } from "./handlers.js";
import * as L from "./layout.js";
import { buildRuntime, dispatch, type Runtime, recordRip, returnCall } from "./runtime.js";
import { type Fn, I32, i32, ModuleBuilder } from "./wasm/encoder.js";

function buildForm(rt: Runtime, index: number): Fn {
  const form = HANDLER_FORMS[index]!;
  const h = new Handler(rt, form.meaning.hot === true);
  let registers = 0;
  const operands = form.operands.map((o, i) => h.operand(o.kind, o.width, form.meaning.access[i] ?? "r", o.kind === "R" ? registers++ : 0));
  form.meaning.emit(h, operands, form.width);
  if (!h.ended) h.next();
  return h;
}

/** The handlers that no table row has, in the order of their numbers (handlers.ts). */
function buildSpecial(rt: Runtime): Fn[] {
  const lookup = new Handler(rt, false);
  lookup.emit(returnCall(rt.jump, recordRip(lookup.record), lookup.remaining));
  // Continue finds the record at its offset in this page and from then on leads there.
  const resume = new Handler(rt, false);
  resume.emit(i32.store(resume.record, L.REC_HANDLER, i32.const(2)));
  resume.emit(i32.store(resume.record, L.REC_DISP, [0x20, 0, 0x2f, 0, L.REC_OFFSET]));
  resume.emit(returnCall(rt.link, resume.record, resume.remaining));
  const follow = new Handler(rt, false);
  const target = follow.let32(i32.load(follow.record, L.REC_LINK));
  follow.emit(dispatch(rt.handlerType, target, follow.remaining));
  const cross = new Handler(rt, false);
  cross.leave(L.EXIT_CROSS);
  const system = new Handler(rt, false);
  system.leave(L.EXIT_SYSTEM);
  return [lookup, resume, follow, cross, system];
}

export const MEMORY_IMPORT_PAGES = L.RAM_BASE / 65536;

export function buildCoreModule(): Uint8Array<ArrayBuffer> {
  const m = new ModuleBuilder();
  m.importMemory(MEMORY_IMPORT_PAGES);
  const rt = buildRuntime(m);
  const table: number[] = [];
  const add = (fn: Fn): void => {
    const index = m.declare([I32, I32], []);
    m.define(index, fn);
    table.push(index);
  };
  for (const fn of buildSpecial(rt)) add(fn);
  for (let i = 0; i < HANDLER_FORMS.length; i++) add(buildForm(rt, i));
  m.setTable(table);
  return m.finish();
}
