// Control flow: jumps, calls, returns, loops.

import { condition } from "../flags.js";
import * as L from "../layout.js";
import { quad, setQuad } from "../runtime-code.js";
import { i32, i64 } from "../wasm/encoder.js";
import { meaning } from "./meaning.js";

const hot = { hot: true };

export const jmp = meaning("jmp", "r", (h, [target]) => h.branch(target!, true), hot);

export const jmpIndirect = meaning(
  "jmpIndirect",
  "r",
  (h, [target]) => {
    const to = h.let64(target!.read());
    h.checkTarget(to);
    h.jump(to, true);
  },
  hot,
);

export const jcc = (code: number) =>
  meaning(
    `j${code}`,
    "r",
    (h, [target]) => {
      h.if(condition(code), () => h.branch(target!));
      h.ended = false;
    },
    hot,
  );

export const call = meaning(
  "call",
  "r",
  (h, [target]) => {
    h.push(64, h.nextRip);
    h.branch(target!, true);
  },
  hot,
);

export const callIndirect = meaning(
  "callIndirect",
  "r",
  (h, [target]) => {
    const to = h.let64(target!.read());
    h.checkTarget(to);
    h.push(64, h.nextRip);
    h.jump(to, true);
  },
  hot,
);

function returning(name: string, access: string) {
  return meaning(
    name,
    access,
    (h, [extra]) => {
      const from = h.resolve(quad(L.RSP), 8, "r");
      const to = h.let64(i64.load(from));
      h.checkTarget(to);
      const rsp = i64.add(quad(L.RSP), i64.const(8));
      h.emit(setQuad(L.RSP, extra ? i64.add(rsp, i64.and(extra.read(), i64.const(0xffff))) : rsp));
      h.jump(to, true);
    },
    hot,
  );
}
export const ret = returning("ret", "");
export const retPop = returning("retPop", "r");

/** loop, loope, loopne; the count is ecx with a 32-bit address size. */
function looping(name: string, taken: number | undefined) {
  return meaning(name, "r", (h, [target]) => {
    const rcx = h.let64(i64.sub(quad(L.RCX), i64.const(1)));
    h.if(i32.and(h.field(i32.load8u, L.REC_FLAGS), i32.const(L.REC_ADDR32)), () => h.set(rcx, i64.ext32u(i32.wrap(rcx))));
    h.emit(setQuad(L.RCX, rcx));
    const again = i64.ne(rcx, i64.const(0));
    h.if(taken === undefined ? again : i32.and(again, condition(taken)), () => h.branch(target!));
    h.ended = false;
  });
}
export const loop = looping("loop", undefined);
export const loope = looping("loope", 4);
export const loopne = looping("loopne", 5);

export const jrcxz = meaning("jrcxz", "r", (h, [target]) => {
  const rcx = h.let64(quad(L.RCX));
  h.if(i32.and(h.field(i32.load8u, L.REC_FLAGS), i32.const(L.REC_ADDR32)), () => h.set(rcx, i64.ext32u(i32.wrap(rcx))));
  h.if(i64.eqz(rcx), () => h.branch(target!));
  h.ended = false;
});
