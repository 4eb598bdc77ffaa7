// Function: the machine code of a function as it stands in memory, bytes changed since boot highlighted, and where a call at its
// entry leads.

import { codeAt, type EntryCall, type FunctionCode, functionCode, type Instruction } from "../../debug/inspect/function.js";
import { shortName } from "../../debug/inspect/names.js";
import { registerValues } from "../../debug/inspect/registers.js";
import { currentTask } from "../../debug/inspect/tasks.js";
import { bold, changed, cyan, dim, type Line, line, plain, printable, type Span, yellow } from "../text.js";
import { hex, type Look, type PaneContent } from "./pane.js";

/** Up to here bytes and text have room beside each other. */
const BYTES_SHOWN = 7;
const NARROW = 60;
/** Up to here targets are shown by name alone. */
const WIDE = 120;

export function functionPane(look: Look): PaneContent {
  const { view, boot, choice } = look;
  const code = typeof choice.code === "bigint" ? codeAt(view, boot, choice.code) : functionCode(view, boot, choice.code);
  if (!code) {
    const what = typeof choice.code === "bigint" ? `0x${hex(choice.code)}` : choice.code;
    return { title: `Function ${what}`, lines: [line(dim("not in memory (F8 chooses a function)"))] };
  }
  const lines: Line[] = [line(dim(hex(code.start)), plain(` ${code.size} bytes, `), changeText(code, look.width))];
  if (code.call) lines.push(...callLines(look, code.call));
  let focus: number | undefined;
  const at = instructionPointers(look);
  lines.push(...stepLines(look, at, code));
  for (const instruction of code.instructions) {
    const cpu = at.get(instruction.address);
    if (cpu !== undefined) focus = lines.length;
    lines.push(instructionLine(code, instruction, cpu, look.width));
  }
  const title = `Function ${code.name}${code.module ? ` [${code.module}]` : ""}`;
  return { title, lines, cut: true, ...(focus === undefined ? {} : { focus }) };
}

function changeText({ changedBytes, breakpoint, generated, module }: FunctionCode, width: number): Span {
  if (breakpoint) return changed("breakpoint at the entry");
  if (generated) return dim("made by the kernel");
  if (changedBytes === 0) return dim(module ? "as loaded" : "as at boot");
  return yellow(`${changedBytes} changed${width < NARROW ? "" : module ? " since it was loaded" : " since boot"}`);
}

function callLines({ view }: Look, { target, targetName, ops, versions }: EntryCall): Line[] {
  const lines: Line[] = [line(cyan("entry calls "), printable(targetName), dim(` ${hex(target)}`))];
  for (const { handler, flags } of ops)
    lines.push(line(cyan("  handler "), printable(shortName(view, handler)), dim(` ${flags.join(" ")}`)));
  for (const [i, { newAddress, nop, transition }] of versions.entries()) {
    const to = nop ? "the original" : printable(shortName(view, newAddress));
    lines.push(line(cyan(i === 0 ? "  goes to " : "  before  "), bold(to), transition ? yellow(" in transition") : ""));
  }
  return lines;
}

/** Where the CPUs stand; only while the machine stands still. */
function instructionPointers({ view, paused }: Look): Map<bigint, number> {
  const found = new Map<bigint, number>();
  if (!paused) return found;
  view.cores.registers.forEach(({ rip }, cpu) => {
    if (currentTask(view, cpu)) found.set(rip, cpu);
  });
  return found;
}

/** Where there is not plenty of room a known address is its name alone. */
function operandText(text: string, width: number): string {
  const spaced = text.replace(/ {2,}(?=[^#])/, " ");
  if (width >= WIDE) return spaced;
  return spaced
    .replace(/[0-9a-f]{6,16} <([^>]+)>$/, "$1")
    .replace(/ +# [0-9a-f]+(?: <([^>]+)>)?$/, (_, name?: string) => (name ? ` # ${name}` : ""));
}

/** What the last step has changed, while the CPU stands in the function that is shown. */
function stepLines({ view, step }: Look, pointers: ReadonlyMap<bigint, number>, { start, size }: FunctionCode): Line[] {
  const here = step && [...pointers].some(([rip, cpu]) => cpu === step.cpu && rip >= start && rip < start + BigInt(size));
  if (!here || !step) return [];
  const values = registerValues(view.cores.registers[step.cpu]);
  const names = [...step.changed].filter((name) => name !== "rip");
  if (names.length === 0) return [];
  return [line(bold(`${step.cpu}>`), ...names.flatMap((name): Span[] => [dim(` ${name} `), changed(hex(values.get(name) ?? 0n))]))];
}

function instructionLine({ start }: FunctionCode, instruction: Instruction, cpu: number | undefined, width: number): Line {
  const mark = cpu === undefined ? plain("  ") : bold(`${cpu}>`);
  const offset = `+${hex(instruction.address - start)}`.padEnd(width < NARROW ? 5 : 6);
  const spans: Span[] = [mark, dim(offset)];
  const shown = width < NARROW ? 5 : BYTES_SHOWN;
  for (let i = 0; i < shown; i++) {
    const byte = instruction.bytes[i];
    const text = byte === undefined ? "  " : byte.toString(16).padStart(2, "0");
    spans.push(
      instruction.changed[i] ? changed(text) : plain(text),
      plain(i < shown - 1 ? " " : instruction.bytes.length > shown ? "+ " : "  "),
    );
  }
  const text = printable(operandText(instruction.text, width));
  spans.push(instruction.changed.some(Boolean) ? yellow(text) : plain(text));
  return spans;
}
