// Puts the core's wasm module together: runtime functions and one handler function for each form of the instruction table.
// Pure function of the table; cores.ts instantiates it.

import { FUSED } from "./fusion.js";
import { Handler } from "./handler.js";
import { H_FOLLOW, HANDLER_FORMS, type HandlerForm } from "./handlers.js";
import { KERNEL_ENTRY } from "./kernel-entry.js";
import * as L from "./layout.js";
import { buildRuntime, type Runtime } from "./runtime.js";
import { dispatch, quad, recordRip, returnCall, tlbEntry } from "./runtime-code.js";
import { type Fn, I32, i32, i64, ModuleBuilder } from "./wasm/encoder.js";

function emitForm(h: Handler, { meaning, operands, width }: HandlerForm): void {
  let registers = 0;
  const own = operands.map((o, i) => h.operand(o.kind, o.width, meaning.access[i] ?? "r", o.kind === "R" ? registers++ : 0));
  meaning.emit(h, own, width);
}

function buildForm(rt: Runtime, form: HandlerForm): Fn {
  const h = new Handler(rt, form.meaning.hot === true);
  emitForm(h, form);
  if (!h.ended) h.next();
  return h;
}

/** @param single the function of the first form alone, for what is left of a budget. */
function buildFused(rt: Runtime, forms: readonly HandlerForm[], single: number): Fn {
  const h = new Handler(rt, true);
  h.if(i32.ltu(h.remaining, i32.const(forms.length)), () => h.emit(returnCall(single, h.record, h.remaining)));
  for (const [i, form] of forms.entries()) {
    if (i > 0) h.follow();
    emitForm(h, form);
  }
  if (!h.ended) h.next();
  return h;
}

/**
 * An instruction that crosses into the next virtual page: it was decoded behind this record by the host; that holds while
 * the next page is the same physical one (told by the execute TLB) and its first bytes are what they were.
 */
function buildCross(rt: Runtime): Fn {
  const h = new Handler(rt, false);
  const nextPage = h.let64(i64.add(quad(L.PAGE_BASE), i64.const(4096)));
  const entry = h.let32(tlbEntry(nextPage, L.TLB_EXECUTE));
  h.block((other) => {
    h.brIf(other, i64.ne(i64.load(entry), nextPage));
    const page = h.let32(i32.load(i32.sub(i32.load(entry, 8), i32.const(L.MAP_HEADER))));
    h.brIf(other, i32.ne(page, i32.load(h.record, L.REC_LINK)));
    const bytes = h.let32(i32.shl(page, i32.const(12)));
    const differs = (n: number) => i64.ne(i64.load(bytes, L.RAM_BASE + n), i64.load(h.record, L.CROSS_KEPT + n));
    h.brIf(other, i32.or(differs(0), differs(8)));
    h.emit(dispatch(rt.handlerType, i32.add(h.record, i32.const(L.RECORD_SIZE)), h.remaining));
  });
  h.leave(L.EXIT_CROSS);
  return h;
}

/** The handlers that no table row has, in the order of their numbers (handlers.ts). */
function buildSpecial(rt: Runtime): Fn[] {
  const lookup = new Handler(rt, false);
  lookup.emit(returnCall(rt.jump, recordRip(lookup.record), lookup.remaining));
  // Continue finds the record at its offset in this page and from then on leads there.
  const resume = new Handler(rt, false);
  resume.emit(i32.store(resume.record, L.REC_HANDLER, i32.const(H_FOLLOW)));
  resume.emit(i32.store(resume.record, L.REC_DISP, [0x20, 0, 0x2f, 0, L.REC_OFFSET]));
  resume.emit(returnCall(rt.link, resume.record, resume.remaining));
  const follow = new Handler(rt, false);
  const target = follow.let32(i32.load(follow.record, L.REC_LINK));
  follow.emit(dispatch(rt.handlerType, target, follow.remaining));
  const cross = buildCross(rt);
  const system = new Handler(rt, false);
  system.leave(L.EXIT_SYSTEM);
  return [lookup, resume, follow, cross, system];
}

export function buildCoreModule(): Uint8Array<ArrayBuffer> {
  const m = new ModuleBuilder();
  m.importMemory(L.RAM_BASE / 65536);
  const rt = buildRuntime(m);
  const table: number[] = [];
  const add = (fn: Fn): void => {
    const index = m.declare([I32, I32], []);
    m.define(index, fn);
    table.push(index);
  };
  for (const fn of buildSpecial(rt)) add(fn);
  for (const { build } of KERNEL_ENTRY) add(build(rt));
  const firstForm = table.length;
  for (const form of HANDLER_FORMS) add(buildForm(rt, form));
  for (const parts of FUSED) {
    const forms = parts.map((form) => HANDLER_FORMS[form]!);
    add(buildFused(rt, forms, table[firstForm + parts[0]!]!));
  }
  m.setTable(table);
  return m.finish();
}
