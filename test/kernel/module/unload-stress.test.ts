// Loading, use from all CPUs and unloading, over and over, under several orders of turns. KELP_UNLOADS sets the loads for each seed.

import test from "ava";
import { runInGuest } from "../guest.js";

const SEEDS = [1, 2, 3, 4, 5];
const LOADS = Number(process.env.KELP_UNLOADS ?? "100");
const CPUS = 4;

/** Every second hook sleeps for a tick while it is in the module, so that unloading nearly always meets somebody inside. */
const script = (loads: number): string => `
cycle() {
  touch /tmp/go
  for reader in 1 2 3 4; do
    while [ -f /tmp/go ]; do cat /proc/cmdline; sleep 0.04; done > /tmp/seen$reader &
  done
  i=0
  while [ $i -lt $1 ]; do
    insmod hook-sleep.ko secs=0; cat /proc/cmdline > /tmp/own; rmmod hook_sleep
    insmod ftrace-hook.ko; cat /proc/cmdline > /tmp/own; rmmod ftrace_hook
    i=$((i+2))
  done
  rm /tmp/go; wait
}
free() { grep MemFree /proc/meminfo | tr -dc 0-9; }
rest() { echo symbols $(wc -l < /proc/kallsyms) in sysfs $(ls /sys/module /sys/kernel | wc -l) tainted $(cat /proc/sys/kernel/tainted); }
cycle 10; rm /tmp/seen* /tmp/own; before=$(free); rest
cycle ${loads}; sort /tmp/seen* | uniq -c > /root/seen; rm /tmp/seen* /tmp/own; after=$(free); rest
echo lost $((before-after)); cat /root/seen
lsmod; dmesg | grep -v -e hook -e taint | tail -n +20 | grep -e BUG -e WARN -e Oops`;

/**
 * A module takes 16 KiB or more. hook-sleep loses about 200 bytes at each load, in Linux too: its exit does not free its ops' filter
 * (ftrace_free_filter). The rest is for slabs that tasks left half full.
 */
const SLACK_KIB = 80 + LOADS / 5;

for (const seed of SEEDS) {
  test(`${LOADS} loads, used from all CPUs, and unloads leave nothing behind (seed ${seed})`, (t) => {
    const { output } = runInGuest(script(LOADS), ["--cpus", String(CPUS), "--seed", String(seed)]);
    const lines = output.trimEnd().split("\n");
    t.is(lines.length, 7, output);
    const [before, after, lost, plain, hooked, slowly, lsmod] = lines;
    t.regex(before, /^symbols \d{4} in sysfs \d+ tainted 12288$/);
    t.is(after, before);
    const kib = Number(lost.replace("lost ", ""));
    t.true(kib < SLACK_KIB, output);
    t.regex(plain, /^ +\d+ console=ttyS0/);
    t.regex(hooked, /^ +\d+ this has been ftrace hooked$/);
    t.regex(slowly, /^ +\d+ this has been ftrace hooked, slowly$/);
    t.is(lsmod, "Module                  Size  Used by    Tainted: G");
  });
}
