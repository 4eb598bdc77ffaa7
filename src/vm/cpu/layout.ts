// The core's WebAssembly.Memory: where the running CPU's state, the parked CPUs, the TLBs, the decoded records and guest
// RAM lie. The state of the CPU that runs stands at fixed addresses, so that wasm code reaches a register with one load;
// `run` of another CPU swaps it (cores.ts). Used by everything in this folder.

/** State of the running CPU, [STATE, STATE_END). Addresses of registers fit 16 bits: records name registers by them. */
export const STATE = 0x100;
export const GPR = 0x100;
export const RAX = 0x100;
export const RCX = GPR + 8;
export const RDX = GPR + 16;
export const RBX = GPR + 24;
export const RSP = GPR + 32;
export const RBP = GPR + 40;
export const RSI = GPR + 48;
export const RDI = GPR + 56;
export const R11 = GPR + 88;
export const RIP = 0x180;
/** Virtual address of the page in which the CPU executes. */
export const PAGE_BASE = 0x188;
/** Lazy flags, see flags.ts. */
export const CC_RESULT = 0x190;
export const CC_CARRY = 0x198;
export const CC_AUX = 0x1a0;
/** RFLAGS without CF PF AF ZF SF OF. */
export const RFLAGS = 0x1a8;
/** Always 0: the base or index register that an address does not have. */
export const ZERO = 0x1b0;
export const FS_BASE = 0x1b8;
export const GS_BASE = 0x1c0;
export const KERNEL_GS_BASE = 0x1c8;
export const CR0 = 0x1d0;
export const CR2 = 0x1d8;
export const CR3 = 0x1e0;
export const CR4 = 0x1e8;
export const EFER = 0x1f0;
export const CPL = 0x1f8;
/** TLB of the running CPU and privilege: TLB_READ, TLB_WRITE, TLB_EXECUTE are offsets from it. */
export const TLB_BASE = 0x1fc;
/** Offset → record map of the page in which the CPU executes. */
export const CURRENT_MAP = 0x200;
export const INTERRUPT_LINE = 0x204;
/** 1: the next instruction runs before interrupts are looked at (sti, mov ss). */
export const SHADOW = 0x208;
export const HALTED = 0x20c;
export const STAR = 0x210;
export const LSTAR = 0x218;
export const CSTAR = 0x220;
export const FMASK = 0x228;
export const TSC_AUX = 0x230;
export const RETIRED = 0x238;
export const GDT_BASE = 0x240;
export const IDT_BASE = 0x248;
export const TSS_BASE = 0x250;
export const DR = 0x258; // dr0-dr3, dr6, dr7
export const DR6 = DR + 32;
export const DR7 = DR + 40;
export const GDT_LIMIT = 0x288;
export const IDT_LIMIT = 0x28c;
export const TSS_LIMIT = 0x290;
export const TSS_SELECTOR = 0x294;
export const LDT_SELECTOR = 0x298;
/** es cs ss ds fs gs, i32 each. */
export const SELECTORS = 0x29c;
export const CR8 = 0x2b8;
/** Entries used in this CPU's list of non-global TLB entries. */
export const TLB_LIST_COUNT = 0x2c0;
export const CPU_NUMBER = 0x2c8;
/** 256 bits: 2 MiB regions (by their number modulo 256) of which the TLB may hold pieces of a larger page. */
export const LARGE_REGIONS = 0x2d0;
export const LARGE_REGIONS_BYTES = 32;
/** NMI_PENDING, NMI_BLOCKED: from its delivery to the next iretq no further one is taken. */
export const NMI = 0x2f0;
export const NMI_PENDING = 1;
export const NMI_BLOCKED = 2;
export const VECTOR_NMI = 2;
export const STATE_END = 0x300;

/** One run's variables, of whichever CPU runs. */
export const EXIT = 0x400;
export const VECTOR = 0x404;
export const ERROR_CODE = 0x408;
/** Instructions left including the one being executed; exact whenever wasm calls out. */
export const REMAINING = 0x40c;
/** Record of the instruction that left to the host. */
export const EXIT_RECORD = 0x410;
/** Page-fault error code and TLB flags of the last walk. */
export const WALK_ERROR = 0x414;
export const WALK_FLAGS = 0x418;
/** A store that waits in SCRATCH: first part, rest, its size, the bytes in the first part. */
export const STORE_FIRST = 0x420;
export const STORE_SECOND = 0x428;
export const STORE_SIZE = 0x430;
export const STORE_SPLIT = 0x434;
export const RAM_BYTES = 0x438;
export const DIVISION_REMAINDER = 0x440;
export const SCRATCH = 0x480;
/** Flag in the size given to the write function: the old bytes are wanted too. */
export const SIZE_READ_MODIFY_WRITE = 0x100;
/** Addresses below are scratch: a store there needs a commit. */
export const SCRATCH_END = 0x500;

export const PARKED = 0x1000;
export const PARKED_SIZE = 0x400;

export const MAX_CPUS = 8;
export const TLB_ENTRIES = 1024;
export const TLB_ENTRY_SIZE = 16;
export const TLB_READ = 0;
export const TLB_WRITE = TLB_ENTRIES * TLB_ENTRY_SIZE;
export const TLB_EXECUTE = 2 * TLB_WRITE;
/** Entries for supervisor rights, then for user rights. */
export const TLB_SET = 3 * TLB_WRITE;
export const TLB_CPU = 2 * TLB_SET;
export const TLB = 0x10000;
/** Per CPU: addresses of its non-global TLB entries, so that a cr3 write touches only those. */
export const TLB_LIST = TLB + MAX_CPUS * TLB_CPU;
export const TLB_LIST_ENTRIES = 4096;
export const TLB_INVALID = 1;
export const TLB_GLOBAL = 1;
export const TLB_LARGE = 2;
export const TLB_HUGE = 4;

/** i32 a physical page: its offset → record map, or 0 where no code was decoded. */
export const PAGE_MAPS = 0x100000;
export const PAGE_MAPS_BYTES = 0x300000;
/** Maps and records, handed out upwards; when full, everything is dropped. */
export const ARENA = PAGE_MAPS + PAGE_MAPS_BYTES;
export const ARENA_END = 0x2800000;
export const RAM_BASE = 0x2800000;
/** Before each map: i32 number of its physical page, stores to the page since it was decoded, and how many make it plain memory again. */
export const MAP_HEADER = 16;
export const MAP_STORES = 4;
export const MAP_STORES_LIMIT = 8;
export const MAP_BYTES = 4096 * 4;

/** A decoded instruction. */
export const RECORD_SIZE = 32;
/** u16; whoever sets both halves to a handler says that it is one of a single instruction. */
export const REC_HANDLER = 0;
/** u16: where the handler executes several instructions, the offset behind the last; else 0. */
export const REC_FUSED_END = 2;
/** Most bytes of such instructions. */
export const FUSED_BYTES = 30;
/** u16 offset in the page of the instruction, and of the byte behind it. */
export const REC_OFFSET = 4;
export const REC_END = 6;
/** u16 addresses of register operands; i32 linked record of a branch. */
export const REC_A = 8;
export const REC_LINK = 8;
export const REC_B = 10;
export const REC_BASE = 12;
export const REC_INDEX = 14;
export const REC_SCALE = 16;
export const REC_FLAGS = 17;
export const REC_SEGMENT = 18;
export const REC_IMM = 20;
/** u16: a third register, of instructions that have no immediate. */
export const REC_C = 20;
/** i64: displacement, 64-bit immediate, or a branch's target relative to the page. */
export const REC_DISP = 24;

/**
 * Behind the record of an instruction that crosses a page boundary: the record that it was decoded to, a lookup of what
 * follows, the 16 bytes of the next page that were read. Its REC_LINK is that page's number, −1 if none yet.
 */
export const CROSS_KEPT = 3 * RECORD_SIZE;
export const CROSS_SIZE = 4 * RECORD_SIZE;

/** REC_FLAGS: 32-bit addressing; stack access (a non-canonical address is #SS). */
export const REC_ADDR32 = 1;
export const REC_STACK = 2;

export const EXIT_BUDGET = 0;
export const EXIT_FAULT = 1;
export const EXIT_SYSTEM = 2;
export const EXIT_CROSS = 3;

export const FLAG_CF = 0x1;
export const FLAG_PF = 0x4;
export const FLAG_AF = 0x10;
export const FLAG_ZF = 0x40;
export const FLAG_SF = 0x80;
export const FLAG_TF = 0x100;
export const FLAG_IF = 0x200;
export const FLAG_DF = 0x400;
export const FLAG_OF = 0x800;
export const FLAG_IOPL = 0x3000;
export const FLAG_NT = 0x4000;
export const FLAG_RF = 0x10000;
export const FLAG_AC = 0x40000;
export const FLAG_ID = 0x200000;
export const FLAGS_ARITHMETIC = 0x8d5;

export const VECTOR_DE = 0;
export const VECTOR_DB = 1;
export const VECTOR_BP = 3;
export const VECTOR_UD = 6;
export const VECTOR_DF = 8;
export const VECTOR_TS = 10;
export const VECTOR_NP = 11;
export const VECTOR_SS = 12;
export const VECTOR_GP = 13;
export const VECTOR_PF = 14;
