// Instructions that the host executes (system.ts): rare, or about the machine rather than about data. The instruction table
// names them; the number travels in the record's REC_IMM.

export const enum SystemOp {
  Undefined = 0,
  In,
  Out,
  Ins,
  Outs,
  Int3,
  Int,
  Int1,
  Iret,
  Hlt,
  Pause,
  Sldt,
  Str,
  Lldt,
  Ltr,
  Sgdt,
  Sidt,
  Lgdt,
  Lidt,
  Smsw,
  Lmsw,
  Invlpg,
  Vmcall,
  Swapgs,
  Rdtscp,
  Syscall,
  Sysret,
  Clts,
  Invd,
  Ud,
  ReadCr,
  WriteCr,
  ReadDr,
  WriteDr,
  Wrmsr,
  Rdtsc,
  Rdmsr,
  Cpuid,
  ReadBase,
  WriteBase,
  ReadSelector,
  WriteSelector,
  PushSelector,
  PopSelector,
  FarReturn,
  FarReturnPop,
  FarCall,
  FarJump,
  /** More than 15 bytes, or lock where it is not legal. */
  General,
}

/** What happens behind the instruction. */
export const enum After {
  /** rip moves behind the instruction. */
  Next,
  /** rip was set. */
  Jumped,
  /** One iteration of a repeated instruction: rip stays. */
  Again,
  Halt,
  Pause,
  /** Software interrupts: rip moves on, then delivery. */
  Interrupt,
}
