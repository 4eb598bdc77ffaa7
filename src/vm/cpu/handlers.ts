// From table rows to numbered handlers: every form that the table can decode (operand kinds × widths) gets one wasm
// function and a number. The decoder finds numbers by row, operand size and form; core-module.ts builds the functions.

import type { Width } from "./flags.js";
import type { OperandKind } from "./handler.js";
import { KERNEL_ENTRY } from "./kernel-entry.js";
import type { Meaning } from "./meaning/meaning.js";
import { SystemOp } from "./system-ops.js";
import { type Row, TABLE } from "./table.js";

/** Handlers without a row. */
export const H_LOOKUP = 0; // goes on at this record's address through the page's map
export const H_CONTINUE = 1; // as lookup, then becomes H_FOLLOW
export const H_FOLLOW = 2; // goes on with the linked record
export const H_CROSS = 3; // the instruction crosses a page boundary
export const H_SYSTEM = 4; // the host executes it
const FIRST_ENTRY = 5;
export const FIRST_FORM = FIRST_ENTRY + KERNEL_ENTRY.length;

export interface HandlerForm {
  readonly meaning: Meaning;
  readonly width: Width;
  readonly operands: readonly { kind: OperandKind; width: Width }[];
}

/** The handler of a system instruction: wasm's own where it has one. */
export function systemHandler(op: SystemOp, width: Width, register: number): number {
  // The narrower forms of sysret and iret are the host's.
  if (width !== 64 && (op === SystemOp.Sysret || op === SystemOp.Iret)) return H_SYSTEM;
  const index = KERNEL_ENTRY.findIndex((entry) => entry.op === op && (entry.register ?? register) === register);
  return index < 0 ? H_SYSTEM : FIRST_ENTRY + index;
}

/** How the r/m operand came out: register, base + displacement, any address; and where a branch leads. */
export const FORM_REGISTER = 0;
export const FORM_BASE = 1;
export const FORM_ANY = 2;

const OPERAND_SIZES = [16, 32, 64] as const;

export function operandWidth(size: string, operandSize: Width): Width {
  switch (size) {
    case "b":
      return 8;
    case "w":
      return 16;
    case "d":
      return 32;
    case "q":
      return 64;
    case "y":
      return operandSize === 64 ? 64 : 32;
    case "s":
      return operandSize === 16 ? 16 : 64;
    default:
      return operandSize;
  }
}

const forms: HandlerForm[] = [];
const numbers = new Map<string, number>();

/** A form's name: meaning/width:operands, as `mov/64:R64,M64`. */
export function formName({ meaning, width, operands }: HandlerForm): string {
  return `${meaning.name}/${width}:${operands.map((o) => o.kind + o.width).join()}`;
}

function handlerNumber(form: HandlerForm): number {
  const key = formName(form);
  const known = numbers.get(key);
  if (known !== undefined) return known;
  forms.push(form);
  numbers.set(key, FIRST_FORM + forms.length - 1);
  return FIRST_FORM + forms.length - 1;
}

function operandKind(arg: string, form: number, width: Width): OperandKind {
  switch (arg[0]) {
    case "E":
    case "M":
    case "R":
      return form === FORM_REGISTER ? "R" : form === FORM_BASE ? "M" : "X";
    case "O":
    case "X":
      return form === FORM_BASE ? "M" : "X";
    case "G":
    case "B":
    case "Z":
    case "A":
      return "R";
    case "I":
      return arg === "Iv" && width === 64 ? "Q" : "I";
    case "J":
      return form === FORM_BASE ? "L" : "J";
    case "C":
      return "C";
    default:
      return "1";
  }
}

/** A row with its handler numbers: index operand size (0: 16, 1: 32, 2: 64) × 3 + form. −1: no such form. */
export interface DecodedRow extends Row {
  readonly handlers: readonly number[];
  readonly usesModrm: boolean;
}

function withHandlers(r: Row): DecodedRow {
  const usesModrm = r.ext !== undefined || r.modrm !== undefined || r.args.some((a) => "EMRG".includes(a[0]!));
  const m = r.meaning;
  if (typeof m === "number") return { ...r, handlers: [], usesModrm };
  const handlers: number[] = [];
  for (const operandSize of OPERAND_SIZES)
    for (let form = 0; form < 3; form++) {
      const memory = r.args.find((a) => "EMOX".includes(a[0]!));
      const hasBranch = r.args.some((a) => a[0] === "J");
      const possible =
        form === FORM_REGISTER
          ? !r.args.some((a) => "MOX".includes(a[0]!))
          : form === FORM_BASE
            ? hasBranch || (memory !== undefined && m.hot === true)
            : memory !== undefined;
      if (!possible) {
        handlers.push(-1);
        continue;
      }
      const operands = r.args.flatMap((arg) => {
        if (arg === "N") return [];
        const width = operandWidth(arg[1] ?? "b", operandSize);
        return { kind: operandKind(arg, form, width), width };
      });
      const width = r.size ? operandWidth(r.size, operandSize) : (operands[0]?.width ?? 64);
      handlers.push(handlerNumber({ meaning: m, width, operands }));
    }
  return { ...r, handlers, usesModrm };
}

export const DECODED_ROWS: readonly DecodedRow[] = TABLE.map(withHandlers);
export const HANDLER_FORMS: readonly HandlerForm[] = forms;
