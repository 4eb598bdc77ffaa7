// What a host program can ask for: each `yield` is one of these. The gate runtime (../gate) carries them out; ./calls.ts gives them C's
// names. Text and data are byte strings: one character (0…255) is one byte, so nothing is lost between a pipe and a program.

/** One argument of a system call. Everything but a number is put into guest memory and passed by its address. */
export type Argument =
  | number
  | bigint
  /** A path or other text: NUL is added. */
  | string
  /** Bytes the kernel reads. */
  | Uint8Array
  /** A buffer the kernel fills; `used: "result"` when the result says how many bytes it filled. */
  | { out: number; used?: "result" }
  /** Bytes that the kernel reads and changes. */
  | { inout: Uint8Array }
  /** argv or envp: an array of pointers to texts, ended by a null pointer. */
  | { strings: readonly string[] };

export interface CallRequest {
  kind: "call";
  number: number;
  arguments: readonly Argument[];
}

/** Spend about `count` turns of the gate's ring-3 loop: what makes a computing program cost time and be preempted. */
export interface WorkRequest {
  kind: "work";
  count: number;
}

/** fork(2). A TypeScript program cannot return twice, so the child's program is named here; it must own its state (clone before the fork). */
export interface ForkRequest {
  kind: "fork";
  child: Program;
}

/**
 * Run another generator to its end and take its value (or what it throws), as `yield*` would, but on a stack of its own: a program that
 * recurses deeply yields this now and then, and neither fills the host's stack nor makes each of its calls pass through all its callers.
 */
export interface NestRequest {
  kind: "nest";
  body: Sys<number>;
}

export type Request = CallRequest | WorkRequest | ForkRequest | NestRequest;

/** `value`: the result, or -errno; `out`: the contents of the out and inout arguments, in order (empty when the call failed). */
export interface Reply {
  value: number;
  out: readonly Uint8Array[];
}

/** A piece of a host program that makes system calls and ends with a T. */
export type Sys<T> = Generator<Request, T, Reply>;

/** What a running program knows of itself without asking the kernel. */
export interface Process {
  readonly argv: readonly string[];
  readonly env: readonly string[];
  /** Caught signals since the program last looked, oldest first. The program removes what it has seen. */
  readonly signals: number[];
}

/** A whole host program; its value is the exit status. */
export type Program = (process: Process) => Sys<number>;

export function toBytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

export function fromBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
