// Saved registers.

export * from "asm/ptrace";
