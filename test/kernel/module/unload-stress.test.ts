// Loading, use from all CPUs and unloading, over and over, under several orders of turns. KELP_UNLOADS sets the loads for each seed.

import test from "ava";
import { runInGuest } from "../guest.js";
import { ACCOUNTS, difference, parseAccounts } from "./heap-accounts.js";

const SEEDS = [1, 2, 3, 4, 5];
const LOADS = Number(process.env.KELP_UNLOADS ?? "100");
const CPUS = 4;

/** Every second hook sleeps for a tick while it is in the module, so that unloading nearly always meets somebody inside. */
const script = (loads: number): string => `${ACCOUNTS}
cycle() {
  touch /root/go
  for reader in 1 2 3 4; do
    while [ -f /root/go ]; do cat /proc/cmdline; sleep 0.04; done > /root/seen$reader &
  done
  i=0
  while [ $i -lt $1 ]; do
    insmod hook-sleep.ko secs=0; cat /proc/cmdline > /root/own; rmmod hook_sleep
    insmod ftrace-hook.ko; cat /proc/cmdline > /root/own; rmmod ftrace_hook
    i=$((i+2))
  done
  rm /root/go; wait
}
rest() { echo symbols $(wc -l < /proc/kallsyms) in sysfs $(ls -R /sys | wc -l) tainted $(cat /proc/sys/kernel/tainted); }
# The module pages, page tables and slabs of the first loads stay for the next ones.
cycle 10; rest; accounts before
cycle ${loads}; rest; accounts after; sort seen* | uniq -c
lsmod; dmesg | grep -v -e hook -e taint | tail -n +20 | grep -e BUG -e WARN -e Oops
show before; show after`;

for (const seed of SEEDS) {
  test(`${LOADS} loads, used from all CPUs, and unloads leave nothing behind (seed ${seed})`, (t) => {
    const { output } = runInGuest(script(LOADS), ["--cpus", String(CPUS), "--seed", String(seed)], "slub_debug=U");
    const lines = output.slice(0, output.indexOf("@@")).trimEnd().split("\n");
    t.is(lines.length, 6, output);
    const [before, after, plain, hooked, slowly, lsmod] = lines;
    t.regex(before, /^symbols \d{4} in sysfs \d+ tainted 12288$/);
    t.is(after, before);
    t.regex(plain, /^ +\d+ console=ttyS0/);
    t.regex(hooked, /^ +\d+ this has been ftrace hooked$/);
    t.regex(slowly, /^ +\d+ this has been ftrace hooked, slowly$/);
    t.is(lsmod, "Module                  Size  Used by    Tainted: G");
    const accounts = parseAccounts(output);
    // hook-sleep's exit does not free its ops' filter (ftrace_free_filter), in Linux as here: a hash, its buckets, an entry for each load.
    const lost = LOADS / 2;
    const changes = difference(accounts.get("before") ?? new Map(), accounts.get("after") ?? new Map());
    t.deepEqual(changes, [
      `+${lost} kmalloc-128 alloc_ftrace_hash`,
      `+${lost} kmalloc-32 add_hash_entry`,
      `+${lost} kmalloc-32 alloc_ftrace_hash`,
    ]);
    t.true((accounts.get("before")?.size ?? 0) > 50, output);
  });
}
