// The debug image finds what self-check.ko does wrong, and says it in Linux 6.1's words (lib/list_debug.c, kernel/locking/spinlock_debug.c,
// kernel/sched/core.c, mm/slub.c); the machine lives on, except behind a lock that nobody can take.

import test from "ava";
import { runInGuest } from "../guest.js";

/** The kernel's report of the fault, from its first line up to the registers or the trace. */
function report(fault: string): string[] {
  const script = `dmesg -c > /dev/null; insmod /root/self-check.ko what=${fault}; echo log:; dmesg; echo alive`;
  const { output } = runInGuest(script, ["--image", "debug", "--cpus", "1"]);
  if (!output.endsWith("\nalive\n")) throw new Error(`the machine did not live on:\n${output}`);
  return output
    .slice(output.indexOf("log:\n"))
    .split("\n")
    .filter((line) => /corruption|double add|BUG|lock:|held by|#0:|atomic|preempt_count|WARNING|call blocking|Freed|@offset/.test(line))
    .map((line) => line.replaceAll(/[0-9a-f]{16}/g, "ADDRESS"));
}

const cases: Readonly<Record<string, RegExp[]>> = {
  "add-twice": [/^list_add double add: new=ADDRESS, prev=ADDRESS, next=ADDRESS\.$/, /^kernel BUG at /],
  "delete-twice": [/^list_del corruption, ADDRESS->next is LIST_POISON1 \(ADDRESS\)$/, /^kernel BUG at /],
  "damaged-neighbour": [
    /^list_add corruption\. next->prev should be prev \(ADDRESS\), but was ADDRESS\. \(next=ADDRESS\)\.$/,
    /^kernel BUG at /,
  ],
  "sleep-under-spinlock": [
    /^BUG: sleeping function called from invalid context at kernel\/locking\/mutex\.ts:\d+$/,
    /^in_atomic\(\): 1, irqs_disabled\(\): 0, non_block: 0, pid: \d+, name: insmod$/,
    /^preempt_count: 1, expected: 0$/,
    /^1 lock held by insmod\/\d+:$/,
    /^ #0: ADDRESS \(lock\+0x0\/0x\w+ \[self_check\]\), at: sleep_under_spinlock\+0x\w+\/0x\w+ \[self_check\]$/,
  ],
  "allocate-without-interrupts": [
    /^BUG: sleeping function called from invalid context at mm\/slab\.ts:\d+$/,
    /^in_atomic\(\): 1, irqs_disabled\(\): 1, non_block: 0, pid: \d+, name: insmod$/,
    /^preempt_count: 1, expected: 0$/,
    /^1 lock held by insmod\/\d+:$/,
    /^ #0: .* at: allocate_without_interrupts\+0x\w+\/0x\w+ \[self_check\]$/,
  ],
  "schedule-under-spinlock": [
    /^BUG: scheduling while atomic: insmod\/\d+\/0x00000002$/,
    /^1 lock held by insmod\/\d+:$/,
    /^ #0: .* at: schedule_under_spinlock\+/,
  ],
  "block-while-not-running": [/^do not call blocking ops when !TASK_RUNNING; state=2$/, /^WARNING: CPU: 0 PID: \d+ at /],
  "write-after-free": [
    /^BUG kmalloc-4096 \(Tainted: G .*\): Poison overwritten$/,
    /^Freed in write_after_free\+/,
    /^0xADDRESS-0xADDRESS @offset=96\. Found 0xADDRESS instead of 0x6b$/,
  ],
  "free-twice": [/^BUG kmalloc-256 \(Tainted: G .*\): Object already free$/, /^Freed in free_twice\+/],
};

for (const [fault, expected] of Object.entries(cases)) {
  test(`${fault} is found and told`, (t) => {
    const lines = report(fault);
    t.is(lines.length, expected.length, lines.join("\n"));
    expected.forEach((pattern, i) => {
      t.regex(lines[i] ?? "", pattern);
    });
  });
}

test("a lock given back twice is told with the task that does it", (t) => {
  const [first, second] = report("unlock-what-is-free");
  t.regex(first ?? "", /^BUG: spinlock already unlocked on CPU#0, insmod\/\d+$/);
  t.regex(second ?? "", /^ lock: lock\+0x0\/0x\w+ \[self_check\], \.magic: 00000000, \.owner: <none>\/-1, \.owner_cpu: -1$/);
});

test("a word that is no spinlock is told before the wait for it, which ends the run", (t) => {
  const { output, status } = runInGuest("insmod /root/self-check.ko what=lock-what-is-no-lock", ["--image", "debug"]);
  t.regex(output, /BUG: spinlock bad magic on CPU#\d, insmod\/\d+\r?\n.* lock: lock\+0x0\/0x\w+ \[self_check\], \.magic: 6b6b6b6b, /);
  t.not(status, 0);
});

test("the default image goes on without these checks: the module that damages a list is not noticed", (t) => {
  const { output, status } = runInGuest("insmod /root/self-check.ko what=add-twice; dmesg | grep -c -E 'BUG|corruption|double add'");
  t.is(output, "0\n");
  t.is(status, 1);
});
