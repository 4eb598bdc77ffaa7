// Reads a new process's initial stack as the x86-64 psABI lays it out: argc, argv pointers, null, envp pointers, null, auxv.
import { type GateContext, type GateFault, isGateFault } from "../../abi/user-gate.js";

/** Linux's MAX_ARG_STRLEN: no single argument is longer. */
const MAX_TEXT = 131072;
const PAGE = 4096;

export interface Start {
  argv: string[];
  env: string[];
}

/** A NUL-terminated text; read page by page, because what lies behind its last page may not be mapped. */
function readText(context: GateContext, address: bigint): string | GateFault {
  let text = "";
  let at = address;
  while (text.length < MAX_TEXT) {
    const piece = context.readMemory(at, PAGE - Number(at & BigInt(PAGE - 1)));
    if (isGateFault(piece)) return piece;
    const end = piece.indexOf(0);
    text += Buffer.from(end < 0 ? piece : piece.subarray(0, end)).toString("latin1");
    if (end >= 0) break;
    at += BigInt(piece.length);
  }
  return text;
}

function readPointer(context: GateContext, address: bigint): bigint | GateFault {
  const bytes = context.readMemory(address, 8);
  return isGateFault(bytes) ? bytes : Buffer.from(bytes).readBigUInt64LE(0);
}

/** argv and envp from the stack pointer's place at the first instruction of the program. */
export function readStart(context: GateContext, stack: bigint): Start | GateFault {
  const lists: string[][] = [[], []];
  let at = stack + 8n;
  for (const list of lists) {
    for (;;) {
      const pointer = readPointer(context, at);
      if (typeof pointer !== "bigint") return pointer;
      at += 8n;
      if (pointer === 0n) break;
      const text = readText(context, pointer);
      if (typeof text !== "string") return text;
      list.push(text);
    }
  }
  return { argv: lists[0] ?? [], env: lists[1] ?? [] };
}
