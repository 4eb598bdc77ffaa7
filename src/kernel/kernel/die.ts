// Who wants to know of exceptions in the kernel: kprobes and others.

import type { pt_regs } from "asm/ptrace";
import type { die_args } from "linux/kdebug";
import type { notifier_block, notifier_head } from "linux/notifier";
import { atomic_notifier_call_chain, atomic_notifier_chain_register, atomic_notifier_chain_unregister } from "./notifier";

export let die_chain: embed<notifier_head>;

export function notify_die(val: u64, str: cstr, regs: pt_regs, err: s64, trapnr: int, signr: int): int {
  if (die_chain.head === null) return 0;
  const args: die_args = { regs, str, err, trapnr, signr };
  return atomic_notifier_call_chain(die_chain, val, args);
}

export function register_die_notifier(nb: notifier_block): int {
  return atomic_notifier_chain_register(die_chain, nb);
}

export function unregister_die_notifier(nb: notifier_block): int {
  return atomic_notifier_chain_unregister(die_chain, nb);
}
notrace(notify_die);
EXPORT_SYMBOL(register_die_notifier);
EXPORT_SYMBOL(unregister_die_notifier);
EXPORT_SYMBOL(notify_die);
