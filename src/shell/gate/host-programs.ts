// The user gate's host side: keeps every running host program, carries its requests to the guest kernel and the results back. The
// machine calls it at each vmcall on the gate text page. See src/abi/gate.ts for the protocol and ../sys/request.ts for the requests.
import { ERRNO } from "../../abi/errno.js";
import { GATE_DATA, GATE_DATA_FORK_TOKEN, GATE_DATA_HANDLE, GATE_SIGNAL_ENTRY } from "../../abi/gate.js";
import { SYS } from "../../abi/syscalls.js";
import { type GateContext, type GateFault, isGateFault, type UserGate, type UserGateResult } from "../../abi/user-gate.js";
import type { CallRequest, NestRequest, Process, Program, Reply, Request, Sys } from "../sys/request.js";
import { areaSize, type Layout, layOut } from "./marshal.js";
import { isMemoryExhausted, memoryExhausted } from "./memory-exhausted.js";
import { readStart } from "./start.js";

const RAX = 0;
const RCX = 1;
const RSP = 4;
const RDI = 7;
/** Where a system call's arguments go: rdi rsi rdx r10 r8 r9. */
const ARGUMENT_REGISTERS = [7, 6, 2, 10, 8, 9];

const PAGE = 4096;
/** Small calls use what the gate data page has left behind its header, so that a short-lived program needs no mmap. */
const SCRATCH_OFFSET = 64;
const SCRATCH = GATE_DATA + BigInt(SCRATCH_OFFSET);
const SCRATCH_SIZE = PAGE - SCRATCH_OFFSET;
const FIRST_AREA = 65536;

const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS = 0x22;

/** What the guest kernel is doing for a program right now. */
type Issued =
  | { kind: "call"; layout: Layout }
  | { kind: "work" }
  | { kind: "fork"; token: bigint }
  /** The runtime's own mmap or munmap, for the request that waits in `request`. */
  | { kind: "grow"; size: number }
  | { kind: "shrink" };

interface Entry extends Process {
  handle: bigint;
  name: string;
  /** The running generator last; before it those that wait for it. */
  stack: Sys<number>[];
  /** Asked by the program, not yet handed to the guest. */
  request: Exclude<Request, NestRequest> | undefined;
  issued: Issued | undefined;
  area: { base: bigint; size: number } | undefined;
  /** An area that a larger one has replaced. */
  oldArea: { base: bigint; size: number } | undefined;
}

interface ForkRecord {
  child: Program;
  parent: Entry;
}

export interface HostProgramsOptions {
  /** The program for argv[0]'s last component (a login shell's '-' taken off). */
  find(name: string): Program;
}

const fault = (at: GateFault): UserGateResult => ({ kind: "fault", address: at.address, write: at.write });
const DONE: UserGateResult = { kind: "done" };

/** argv[0] as a program's name: last component, without a login shell's leading '-'. */
export function programName(argv0: string): string {
  const name = argv0.slice(argv0.lastIndexOf("/") + 1);
  return name.startsWith("-") ? name.slice(1) : name;
}

/** One machine's host programs. */
export class HostPrograms implements UserGate {
  readonly #options: HostProgramsOptions;
  /** By frame of the gate data page. An entry whose process was killed stays until its frame serves another process. */
  readonly #byFrame = new Map<number, Entry>();
  readonly #forks = new Map<bigint, ForkRecord>();
  #nextHandle = 1n;
  #nextToken = 1n;

  constructor(options: HostProgramsOptions) {
    this.#options = options;
  }

  /** Host programs that have started and not ended, as far as the gate knows (a killed one counts until its frame is used again). */
  get alive(): number {
    return this.#byFrame.size;
  }

  call(context: GateContext): UserGateResult {
    const header = context.readMemory(GATE_DATA, 16);
    if (isGateFault(header)) return fault(header);
    const view = Buffer.from(header);
    const handle = view.readBigUInt64LE(GATE_DATA_HANDLE);
    let entry = this.#byFrame.get(context.frame);
    if (!entry || entry.handle !== handle) {
      this.#byFrame.delete(context.frame);
      const token = view.readBigUInt64LE(GATE_DATA_FORK_TOKEN);
      const started = handle === 0n ? this.#start(context) : this.#startChild(token);
      if (!("handle" in started)) return started;
      const bytes = Buffer.alloc(16);
      bytes.writeBigUInt64LE(started.handle, GATE_DATA_HANDLE);
      const refused = context.writeMemory(GATE_DATA, bytes);
      if (refused) return fault(refused);
      this.#forks.delete(token);
      this.#byFrame.set(context.frame, started);
      entry = started;
    }
    if (context.offset === GATE_SIGNAL_ENTRY) {
      entry.signals.push(Number(context.gpr(RDI)));
      return DONE;
    }
    return this.#turn(context, entry);
  }

  #start(context: GateContext): Entry | UserGateResult {
    const start = readStart(context, context.gpr(RSP));
    if ("address" in start) return fault(start);
    const name = programName(start.argv[0] ?? "");
    return this.#enter(name, start.argv, start.env, this.#options.find(name));
  }

  #startChild(token: bigint): Entry | UserGateResult {
    const record = this.#forks.get(token);
    if (!record) return { kind: "kill", message: "host program: a forked process whose parent the gate does not know" };
    const { parent } = record;
    const child = this.#enter(parent.name, parent.argv, parent.env, record.child);
    child.area = parent.area;
    return child;
  }

  #enter(name: string, argv: readonly string[], env: readonly string[], program: Program): Entry {
    const process: Process = { argv, env, signals: [] };
    const entry = { handle: this.#nextHandle++, name, request: undefined, issued: undefined, area: undefined, oldArea: undefined };
    // `process` and the entry share the signal queue: the program takes from it what the gate puts in.
    return { ...entry, ...process, stack: [program(process)] };
  }

  /** One vmcall of the loop: take the result in, ask the program, hand the next call out. Each step can be repeated after a fault. */
  #turn(context: GateContext, entry: Entry): UserGateResult {
    if (entry.issued) {
      const reply = this.#collect(context, entry, entry.issued);
      if (reply && "kind" in reply) return reply;
      entry.issued = undefined;
      if (reply) {
        const killed = this.#resume(entry, reply);
        if (killed) return this.#end(context, killed);
      }
    } else if (!entry.request) {
      const killed = this.#resume(entry, { value: 0, out: [] });
      if (killed) return this.#end(context, killed);
    }
    return this.#issue(context, entry);
  }

  #end(context: GateContext, result: UserGateResult): UserGateResult {
    this.#byFrame.delete(context.frame);
    return result;
  }

  /** The finished call's reply; undefined where it was the runtime's own and the program's request still waits. */
  #collect(context: GateContext, entry: Entry, issued: Issued): Reply | UserGateResult | undefined {
    const value = Number(BigInt.asIntN(64, context.gpr(RAX)));
    switch (issued.kind) {
      case "work":
        return { value: 0, out: [] };
      case "fork":
        if (value < 0) this.#forks.delete(issued.token);
        return { value, out: [] };
      case "shrink":
        entry.oldArea = undefined;
        return undefined;
      case "grow":
        if (value < 0) {
          entry.request = undefined;
          return { value: -ERRNO.ENOMEM, out: [] };
        }
        entry.oldArea = entry.area;
        entry.area = { base: BigInt(value), size: issued.size };
        return undefined;
      case "call":
        return this.#readBack(context, issued.layout, value);
    }
  }

  #readBack(context: GateContext, layout: Layout, value: number): Reply | UserGateResult {
    const out: Uint8Array[] = [];
    if (value >= 0) {
      for (const range of layout.reads) {
        const bytes = context.readMemory(range.address, range.byResult ? Math.min(value, range.length) : range.length);
        if (isGateFault(bytes)) return fault(bytes);
        out.push(bytes);
      }
    }
    return { value, out };
  }

  /** Lets the program run to its next request. A program that throws ends with one line on the host and SIGILL in the guest. */
  #resume(entry: Entry, reply: Reply): UserGateResult | undefined {
    const { stack } = entry;
    let resume = (body: Sys<number>): IteratorResult<Request, number> => body.next(reply);
    for (let body = stack.at(-1); body; body = stack.at(-1)) {
      let step: IteratorResult<Request, number>;
      try {
        step = resume(body);
      } catch (error) {
        stack.pop();
        if (stack.length === 0 && isMemoryExhausted(error)) {
          stack.push(memoryExhausted(entry.name));
          resume = (message) => message.next({ value: 0, out: [] });
          continue;
        }
        if (stack.length === 0) return { kind: "kill", message: `host program ${entry.name}: ${describe(error)}` };
        resume = (waiting) => waiting.throw(error);
        continue;
      }
      if (step.done) {
        const value = step.value;
        stack.pop();
        if (stack.length === 0) entry.request = { kind: "call", number: SYS.exit_group, arguments: [value & 0xff] };
        resume = (waiting) => waiting.next({ value, out: [] });
      } else if (step.value.kind === "nest") {
        stack.push(step.value.body);
        resume = (nested) => nested.next({ value: 0, out: [] });
      } else {
        entry.request = step.value;
        return undefined;
      }
    }
    return undefined;
  }

  #issue(context: GateContext, entry: Entry): UserGateResult {
    const request = entry.request;
    if (!request) return { kind: "kill", message: `host program ${entry.name}: nothing to do` };
    if (entry.oldArea) {
      load(context, SYS.munmap, [entry.oldArea.base, BigInt(entry.oldArea.size)]);
      entry.issued = { kind: "shrink" };
      return DONE;
    }
    switch (request.kind) {
      case "work": {
        context.setGpr(RCX, BigInt(Math.max(1, Math.floor(request.count))));
        entry.issued = { kind: "work" };
        break;
      }
      case "fork": {
        const token = this.#nextToken;
        const bytes = Buffer.alloc(8);
        bytes.writeBigUInt64LE(token);
        const refused = context.writeMemory(GATE_DATA + BigInt(GATE_DATA_FORK_TOKEN), bytes);
        if (refused) return fault(refused);
        this.#nextToken++;
        this.#forks.set(token, { child: request.child, parent: entry });
        load(context, SYS.fork, []);
        entry.issued = { kind: "fork", token };
        break;
      }
      case "call": {
        const refused = this.#issueCall(context, entry, request);
        if (refused) return refused;
        break;
      }
    }
    if (entry.issued?.kind !== "grow") entry.request = undefined;
    return DONE;
  }

  #issueCall(context: GateContext, entry: Entry, request: CallRequest): UserGateResult | undefined {
    const size = areaSize(request.arguments);
    let base = SCRATCH;
    if (size > SCRATCH_SIZE) {
      const have = entry.area?.size ?? 0;
      if (size > have) {
        let wanted = Math.max(FIRST_AREA, have);
        while (wanted < size) wanted *= 2;
        load(context, SYS.mmap, [0n, BigInt(wanted), BigInt(PROT_READ_WRITE), BigInt(MAP_PRIVATE_ANONYMOUS), 0xffffffffffffffffn, 0n]);
        entry.issued = { kind: "grow", size: wanted };
        return undefined;
      }
      base = entry.area?.base ?? SCRATCH;
    }
    const layout = layOut(request.arguments, base);
    for (const write of layout.writes) {
      const refused = context.writeMemory(write.address, write.bytes);
      if (refused) return fault(refused);
    }
    load(context, request.number, layout.registers);
    entry.issued = { kind: "call", layout };
    return undefined;
  }
}

/** Loads a system call's registers; rcx 0 tells the gate's loop that it is one. */
function load(context: GateContext, number: number, args: readonly bigint[]): void {
  context.setGpr(RAX, BigInt(number));
  context.setGpr(RCX, 0n);
  ARGUMENT_REGISTERS.forEach((register, n) => {
    context.setGpr(register, args[n] ?? 0n);
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}${firstFrame(error)}` : String(error);
}

function firstFrame(error: Error): string {
  const line = error.stack?.split("\n").find((text) => text.trimStart().startsWith("at "));
  return line ? ` (${line.trim()})` : "";
}
