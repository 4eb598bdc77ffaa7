// The guest kernel seen from outside, through vmlinux's symbols: memory at kernel addresses, and which task runs on a CPU. Used for
// kelp's own lines about a guest and by replay's inspection.

import { ElfFile } from "./elf-file.js";
import { SymbolTable } from "./symbols.js";

/** docs/architecture.md, "The kernel's address map": the image and the direct map of all RAM. */
const IMAGE_MAP = 0xffffffff80000000n;
const DIRECT_MAP = 0xffff888000000000n;
const KERNEL_START = 0xffff800000000000n;
const COMM_LENGTH = 16;

export interface TaskName {
  readonly pid: number;
  readonly comm: string;
}

export class GuestKernel {
  readonly symbols: SymbolTable;
  private readonly view: DataView;

  constructor(
    image: Uint8Array,
    private readonly ram: Uint8Array,
  ) {
    this.symbols = new SymbolTable(new ElfFile(image));
    this.view = new DataView(ram.buffer, ram.byteOffset, ram.byteLength);
  }

  /** `0xffffffff81000123 (cmdline_proc_show+0x3)`; a user's or a module's address stands alone. */
  place(address: bigint): string {
    const where = `0x${address.toString(16)}`;
    if (address < KERNEL_START) return where;
    const end = this.symbols.address("_end");
    const name = end !== undefined && address >= IMAGE_MAP && address < end ? this.symbols.describe(address) : undefined;
    return name ? `${where} (${name})` : where;
  }

  /** The task that a CPU runs, or undefined before the kernel has one or where its image does not tell. */
  currentTask(cpu: number): TaskName | undefined {
    const offsets = this.symbols.address("__per_cpu_offset");
    const variable = this.symbols.address("current_task");
    const layout = this.symbols.address("vmcoreinfo_task_struct");
    if (offsets === undefined || variable === undefined || layout === undefined) return undefined;
    const offset = this.u64(offsets + 8n * BigInt(cpu));
    const task = offset === undefined ? undefined : this.u64(BigInt.asUintN(64, variable + offset));
    const [pidOffset, commOffset] = [this.u64(layout), this.u64(layout + 8n)];
    if (!task || pidOffset === undefined || commOffset === undefined) return undefined;
    const pid = this.bytes(task + pidOffset, 4);
    const comm = this.bytes(task + commOffset, COMM_LENGTH);
    if (!pid || !comm) return undefined;
    const end = comm.indexOf(0);
    return { pid: Buffer.from(pid).readInt32LE(0), comm: Buffer.from(comm.subarray(0, end < 0 ? COMM_LENGTH : end)).toString("utf8") };
  }

  private u64(address: bigint): bigint | undefined {
    const at = this.physical(address, 8);
    return at === undefined ? undefined : this.view.getBigUint64(at, true);
  }

  private bytes(address: bigint, length: number): Uint8Array | undefined {
    const at = this.physical(address, length);
    return at === undefined ? undefined : this.ram.subarray(at, at + length);
  }

  private physical(address: bigint, length: number): number | undefined {
    const map = address >= IMAGE_MAP ? IMAGE_MAP : DIRECT_MAP;
    const at = address - map;
    return at >= 0n && at + BigInt(length) <= BigInt(this.ram.length) ? Number(at) : undefined;
  }
}
