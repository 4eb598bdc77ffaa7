// Faults that the kernel expects: the exception table says where to go on.

import type { pt_regs } from "asm/ptrace";
import { ex_fixup_address, search_exception_tables } from "../../../kernel/extable";

/** True if the fault was expected; regs then continue at the fixup. */
export function fixup_exception(regs: pt_regs, _trapnr: int, _error_code: u64, _address: u64): bool {
  const entry = search_exception_tables(regs.ip);
  if (entry === null) return false;
  regs.ip = ex_fixup_address(entry);
  return true;
}
