// The user gate's host side as an interface: the machine (src/vm) calls it at each `vmcall` on the gate text page, the owner
// of the host programs (src/shell) implements it. The guest side of the protocol stands in gate.ts.

/** A user address that cannot be accessed: the machine raises #PF there and the guest executes the vmcall again. */
export interface GateFault {
  address: bigint;
  write: boolean;
}

/** What one `vmcall` may see and change: this CPU's registers and user memory with the user's rights. Valid only during the call. */
export interface GateContext {
  readonly cpu: number;
  /** Physical page number of the process's gate data page: with the handle stored there it names the program. */
  readonly frame: number;
  /** Offset of the `vmcall` in the gate text page: 0x40 in the loop, GATE_SIGNAL_ENTRY for a caught signal. */
  readonly offset: number;
  /** General registers by the encoding's number: 0 rax, 1 rcx, 2 rdx, 3 rbx, 4 rsp, 5 rbp, 6 rsi, 7 rdi, 8…15. Values are unsigned 64 bit. */
  gpr(n: number): bigint;
  setGpr(n: number, value: bigint): void;
  /** A copy of user memory; may cross pages. */
  readMemory(address: bigint, length: number): Uint8Array | GateFault;
  /** All or nothing: on a fault no byte has been written. */
  writeMemory(address: bigint, bytes: Uint8Array): GateFault | undefined;
  /** undefined where the whole range can be written now, else the first address that cannot. */
  checkWritable(address: bigint, length: number): GateFault | undefined;
}

/**
 * done: the registers are loaded, the guest goes on behind the vmcall. fault: nothing has happened, #PF at that address, then the
 * vmcall comes again (so a gate keeps what it wants to deliver until it is delivered). kill: #UD; the message is one host line.
 */
export type UserGateResult = { kind: "done" } | ({ kind: "fault" } & GateFault) | { kind: "kill"; message: string };

export interface UserGate {
  /** Host programs that run: a machine can be saved only where there are none, for their state is the host's. */
  readonly alive?: number;
  call(context: GateContext): UserGateResult;
}

export function isGateFault(value: Uint8Array | GateFault): value is GateFault {
  return !(value instanceof Uint8Array);
}
