// Finds a symbol's address from a module: kallsyms_lookup_name is not exported, but a kprobe finds it.

import { type kprobe, register_kprobe, unregister_kprobe } from "linux/kprobes";

function lookup_name(name: cstr): u64 {
  const kp: kprobe = { symbol_name: name };
  const ret = register_kprobe(kp);
  if (ret < 0) {
    pr_err("register_kprobe(%s) = %d\n", name, ret);
    return 0;
  }
  const address = kp.addr;
  unregister_kprobe(kp);
  return address;
}

let kallsyms_lookup: (name: cstr) => u64;

export function lookup_any(name: cstr): u64 {
  if (kallsyms_lookup === null) kallsyms_lookup = at<(name: cstr) => u64>(lookup_name("kallsyms_lookup_name"));
  return kallsyms_lookup === null ? u64(0) : kallsyms_lookup(name);
}
