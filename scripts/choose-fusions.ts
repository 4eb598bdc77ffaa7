// Chooses the sequences of src/vm/cpu/fusions.ts and writes that file: `node dist/scripts/choose-fusions.js` after a build, then build
// again. It runs WORKLOADS in kelp, notes every instruction that is executed, and adds one handler after the other where most jumps from
// handler to handler go. The run is deterministic, so the same guest code gives the same table; after large changes of the kernel, of kcc
// or of the table of instructions choose anew. `--check` only tells what share of the jumps the present table leaves.

import { writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { powerOn } from "../src/cli/session.js";
import type { Cores } from "../src/vm/cpu/cpu-api.js";
import { FUSIONS } from "../src/vm/cpu/fusions.js";
import { FIRST_FORM, formName, HANDLER_FORMS } from "../src/vm/cpu/handlers.js";
import { Flow, InstructionDecoder } from "../src/vm/cpu/instruction-decoder.js";
import * as L from "../src/vm/cpu/layout.js";

/** The bench's programs, each for some million instructions, and a session of shell and livepatch. */
const WORKLOADS = [
  "bench-kernel call 6000",
  "bench-kernel fault 1200",
  "bench-switch pipe 300",
  "bench-switch yield 1500",
  "bench-exec fork 40",
  "bench-exec 20",
  "bench-pipe 65536 4096 1024",
  "bench-pipe 4096 4096 1024",
  `cd /root; insmod livepatch-sample.ko; cat /proc/cmdline; echo 0 > /sys/kernel/livepatch/livepatch_sample/enabled; sleep 1
   rmmod livepatch-sample; for i in 1 2 3 4 5 6 7 8 9; do ls -l / /root | sort | wc -l; cat /proc/modules /proc/meminfo; ps; done; dmesg`,
];
/** Handlers of more than one instruction: each is wasm code to be compiled at the start. */
const HANDLERS = 512;
const LONGEST = 6;
const SLICE = 10_000;
/** Instructions that each workload counts for. */
const WEIGHT = 1_000_000;
const RING_USER = 3;

/** Instructions that follow each other in memory and were executed so; a jump, an interrupt or the page's end ends it. */
interface Run {
  readonly forms: readonly number[];
  readonly lengths: readonly number[];
  count: number;
}

/** Takes down all that the cores execute from now on. */
class Recorder {
  readonly runs = new Map<string, Run>();
  private readonly memory = new WebAssembly.Memory({ initial: 1 });
  private readonly bytes = new Uint8Array(this.memory.buffer);
  private readonly fields = new Uint16Array(this.memory.buffer);
  private readonly decoder = new InstructionDecoder(this.memory);
  /** By CPU. */
  private readonly open = new Map<number, { forms: number[]; lengths: number[]; next: bigint }>();

  constructor(private readonly cores: Cores) {
    cores.sampleEvery(1, (cpu) => this.note(cpu));
  }

  private note(cpu: number): void {
    const { rip, cpl } = this.cores.registers[cpu]!;
    let run = this.open.get(cpu);
    const address = this.cores.translate(cpu, rip, "execute", cpl === RING_USER ? 3 : 0);
    const offset = address & 4095;
    const AT = 4096;
    const RECORD = 0;
    this.bytes.set(this.cores.ram.subarray(address, address + 16), AT);
    const flow = address < 0 ? Flow.Short : this.decoder.decode(RECORD, AT, AT + Math.min(16, 4096 - offset), offset, false);
    const form = this.fields[(RECORD + L.REC_HANDLER) / 2]! - FIRST_FORM;
    if (run !== undefined && (run.next !== rip || offset === 0 || flow === Flow.Short || form < 0)) {
      this.close(cpu);
      run = undefined;
    }
    if (flow === Flow.Short || form < 0) return;
    if (run === undefined) {
      run = { forms: [], lengths: [], next: rip };
      this.open.set(cpu, run);
    }
    const length = this.fields[(RECORD + L.REC_END) / 2]! - offset;
    run.forms.push(form);
    run.lengths.push(length);
    run.next = rip + BigInt(length);
    if (flow === Flow.End) this.close(cpu);
  }

  private close(cpu: number): void {
    const run = this.open.get(cpu);
    this.open.delete(cpu);
    if (run === undefined) return;
    const key = `${run.forms.join()} ${run.lengths.join()}`;
    const known = this.runs.get(key);
    if (known) known.count++;
    else this.runs.set(key, { forms: run.forms, lengths: run.lengths, count: 1 });
  }
}

/** A handler: of one instruction, or of those on the way here. */
interface Node {
  readonly forms: readonly number[];
  readonly longer: Map<number, Node>;
}

const newNode = (forms: readonly number[]): Node => ({ forms, longer: new Map() });

class Table {
  private readonly singles = HANDLER_FORMS.map((_, form) => newNode([form]));
  handlers = 0;

  add(forms: readonly number[]): void {
    let node = this.singles[forms[0]!]!;
    for (const form of forms.slice(1)) {
      let next = node.longer.get(form);
      if (next === undefined) {
        next = newNode([...node.forms, form]);
        node.longer.set(form, next);
        this.handlers++;
      }
      node = next;
    }
  }

  /** Handlers entered for the runs, as decoder.ts gives them out. `left` is told from which one the next instruction was in line, and how often. */
  entered(runs: Iterable<Run>, left: (node: Node, form: number, count: number) => void = () => {}): number {
    let total = 0;
    for (const { forms, lengths, count } of runs) {
      for (let i = 0; i < forms.length; ) {
        let node = this.singles[forms[i]!]!;
        let bytes = lengths[i]!;
        for (i++; i < forms.length; i++) {
          bytes += lengths[i]!;
          if (bytes > L.FUSED_BYTES) break;
          const next = node.longer.get(forms[i]!);
          if (next === undefined) {
            if (node.forms.length < LONGEST) left(node, forms[i]!, count);
            break;
          }
          node = next;
        }
        total += count;
      }
    }
    return total;
  }

  /** The sequences that begin no longer one. */
  *lines(): Generator<string> {
    const visit = function* (node: Node): Generator<string> {
      if (node.longer.size === 0 && node.forms.length > 1) yield node.forms.map((form) => formName(HANDLER_FORMS[form]!)).join(" ");
      for (const next of node.longer.values()) yield* visit(next);
    };
    for (const node of this.singles) yield* visit(node);
  }
}

/** One handler after the other: the one that most often would have gone on. */
function choose(runs: readonly Run[]): Table {
  const table = new Table();
  while (table.handlers < HANDLERS) {
    const gains = new Map<string, { forms: readonly number[]; gain: number }>();
    table.entered(runs, (node, form, count) => {
      const forms = [...node.forms, form];
      const key = forms.join();
      const known = gains.get(key);
      if (known) known.gain += count;
      else gains.set(key, { forms, gain: count });
    });
    const best = [...gains.values()].reduce((a, b) => (b.gain > a.gain ? b : a));
    table.add(best.forms);
  }
  return table;
}

/** From the script's start, which the console tells, to its end. Each workload weighs the same. */
function record(workload: string): Run[] {
  const setup = { memoryMiB: 128, cpus: 1, seed: 0, commandLine: "console=ttyS0 loglevel=4", terminal: "" };
  let recorder: Recorder | undefined;
  let begun = false;
  const session = powerOn({ ...setup, first: { mode: "command", text: `(${workload}) >/dev/null` } }, { onConsole: () => (begun = true) });
  for (;;) {
    const { kind } = session.machine.run({ instructions: SLICE });
    if (kind === "reset") throw new Error("the guest has crashed");
    if (kind === "exit") break;
    if (begun) recorder ??= new Recorder(session.machine.cores);
  }
  const runs = [...(recorder?.runs.values() ?? [])];
  const total = runs.reduce((sum, { forms, count }) => sum + forms.length * count, 0);
  return runs.map((run) => ({ ...run, count: (run.count * WEIGHT) / total }));
}

const HEAD = `// Sequences of instruction forms that have a handler of their own, as have their beginnings: the ${HANDLERS} by which the bench's programs and a
// session of shell and livepatch leave from handler to handler least often. Written by scripts/choose-fusions.ts, which says how.

export const FUSIONS: readonly string[] = [
`;

function main(check: boolean): void {
  const runs = WORKLOADS.flatMap(record);
  const single = new Table().entered(runs);
  const share = (table: Table): string => (table.entered(runs) / single).toFixed(3);
  const present = new Table();
  const forms = new Map(HANDLER_FORMS.map((form, i) => [formName(form), i]));
  for (const line of FUSIONS) present.add(line.split(" ").map((name) => forms.get(name)!));
  console.log(`of the jumps from handler to handler the present table leaves ${share(present)}`);
  if (check) return;
  const table = choose(runs);
  console.log(`the new one ${share(table)}`);
  const lines = [...table.lines()].sort();
  writeFileSync(
    fileURLToPath(new URL("../../src/vm/cpu/fusions.ts", import.meta.url)),
    `${HEAD}${lines.map((line) => `  ${JSON.stringify(line)},\n`).join("")}];\n`,
  );
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv.includes("--check"));
