// The proof before a module's memory is unmapped (docs/unload-safety.md), and what happens in the image without it: the form of the crash
// is that of Linux 6.1 (test/oracle's README, item 25).

import test from "ava";
import { runInGuest } from "../guest.js";

test("a module in which a task sleeps is not unmapped, and goes once the task has left", (t) => {
  const { output } = runInGuest(`insmod hook-sleep.ko secs=2
    cat /proc/cmdline & sleep 1; rmmod hook_sleep; echo $?
    cut -d' ' -f1-5,7 /proc/modules; cat /sys/module/hook_sleep/initstate
    cat /proc/cmdline >/dev/null; wait; rmmod hook_sleep; echo $?; lsmod; dmesg | grep hook_sleep: | tail -3`);
  t.is(
    output.replace(/cat\[\d+\] is at hook_sleep_show\+0x[0-9a-f]+\/0x[0-9a-f]+/, "cat[PID] is at hook_sleep_show+OFFSET"),
    `rmmod: can't unload module 'hook_sleep': Device or resource busy
1
hook_sleep 16384 -1 - Unloading (OE-)
going
this has been ftrace hooked, slowly
0
Module                  Size  Used by    Tainted: G  
hook_sleep: loaded (0)
hook_sleep: unloaded
hook_sleep: unload refused: cat[PID] is at hook_sleep_show+OFFSET
`,
  );
});

test("a task that leaves within the proof's time does not hold unloading up", (t) => {
  const { output } = runInGuest(`insmod hook-sleep.ko secs=0
    cat /proc/cmdline & usleep 1000; rmmod hook_sleep; echo $?; wait; lsmod; dmesg | grep -c refused`);
  t.is(output.replace("this has been ftrace hooked, slowly\n", ""), "0\nModule                  Size  Used by    Tainted: G  \n0\n");
});

test("a hook that exit forgot holds the module, works on, and exit is not called again", (t) => {
  const { output } = runInGuest(`insmod hook-leak.ko; rmmod hook_leak; rmmod -f hook_leak; cat /proc/cmdline; insmod hook-leak.ko
    dmesg | grep hook_leak: | tail -n +3`);
  t.is(
    output.replaceAll(/thunk\+0x0\/0x[0-9a-f]+/g, "thunk"),
    `rmmod: can't unload module 'hook_leak': Device or resource busy
rmmod: can't unload module 'hook_leak': Device or resource busy
this has been ftrace hooked
console=ttyS0 loglevel=4 loglevel=1
insmod: can't insert 'hook-leak.ko': Device or resource busy
hook_leak: module loaded
hook_leak: module unloaded without unregistering
hook_leak: unload refused: ftrace_ops of thunk still registered
hook_leak: unload refused: ftrace_ops of thunk still registered
`,
  );
});

const REASONS: Record<string, RegExp> = {
  timer: /^timer of leak_timer\+0x0\/0x[0-9a-f]+ still pending$/,
  work: /^timer of leak_work\+0x0\/0x[0-9a-f]+ still pending$/,
  thread: /^leak\[\d+\] is at leak_thread\+0x[0-9a-f]+\/0x[0-9a-f]+$/,
  kprobe: /^kprobe at cmdline_proc_show\+0x0\/0x[0-9a-f]+ still registered$/,
  proc: /^proc entry \/proc\/leak still there$/,
  sysfs: /^sysfs entry \/sys\/kernel\/leak still there$/,
  chrdev: /^character device leak still registered$/,
  misc: /^misc device leak still registered$/,
  rcu: /^RCU callback leak_rcu\+0x0\/0x[0-9a-f]+ still to come$/,
  notifier: /^module notifier leak_notify\+0x0\/0x[0-9a-f]+ still registered$/,
};
const ENDS_BY_ITSELF = ["timer", "work", "thread", "rcu"];

for (const [what, reason] of Object.entries(REASONS)) {
  test(`what exit leaves behind is told by name: ${what}`, (t) => {
    const { output } = runInGuest(`insmod unload-leak.ko what=${what}; rmmod unload_leak 2>/dev/null; echo $?
      dmesg | grep refused; sleep 2; rmmod unload_leak 2>/dev/null; echo $?`);
    const lines = output.trimEnd().split("\n");
    t.is(lines.length, 3, output);
    t.is(lines[0], "1");
    t.regex(lines[1].replace("unload_leak: unload refused: ", ""), reason);
    t.is(lines[2], ENDS_BY_ITSELF.includes(what) ? "0" : "1");
  });
}

test("an RCU-tasks callback that exit did not wait for runs before the module goes", (t) => {
  const { output } = runInGuest(`insmod unload-leak.ko what=rcu-tasks; rmmod unload_leak; echo $?; sleep 1; lsmod; dmesg | tail -1`);
  t.is(output, "0\nModule                  Size  Used by    Tainted: G  \nRCU-tasks callback\n");
});

test("a module whose init fails and leaves something behind keeps its memory", (t) => {
  const { output } = runInGuest(`insmod unload-leak.ko what=proc fail=1; cat /proc/leak; cut -d' ' -f1,3-5 /proc/modules
    dmesg | grep refused`);
  t.is(
    output,
    `insmod: can't insert 'unload-leak.ko': Device or resource busy
leak
unload_leak -1 - Unloading
unload_leak: unload refused: proc entry /proc/leak still there
`,
  );
});

test("exit's own waiting is Linux's: for readers of its /proc file, and for its thread", (t) => {
  const { output } = runInGuest(`insmod sleeper.ko secs=1 thread=1; cat /proc/sleeper & usleep 100000; rmmod sleeper; echo $?
    wait; lsmod; dmesg | grep -c refused`);
  // cat's next read meets a removed entry.
  t.is(
    output,
    "sleeper: original, slept\ncat: read error: Input/output error\n0\nModule                  Size  Used by    Tainted: G  \n0\n",
  );
});

test("without the proof the sleeper returns into unmapped memory; it is killed in Linux's words, and the shell lives on", (t) => {
  const { output } = runInGuest(
    `insmod hook-sleep.ko secs=2; cat /proc/cmdline & sleep 1; rmmod hook_sleep; echo rc $?; sleep 3; echo alive
    wait; cat /proc/sys/kernel/tainted; lsmod; dmesg | tail -1`,
    ["--image", "unsafe-unload", "--cpus", "2"],
  );
  const form = output
    .replaceAll(/\b[0-9a-f]{16}\b/g, "X")
    .replaceAll(/\+0x[0-9a-f]+\/0x[0-9a-f]+/g, "+O")
    // The bytes begin 42 before ip, and that may be before all modules.
    .replaceAll(/0xffffffff(c|bfff)[0-9a-f]+/g, "IP")
    .replaceAll(/(PGD|P4D|PUD|PMD) [0-9a-f]+/g, "$1 E")
    .replaceAll(/CPU: \d PID: \d+/g, "CPU: N PID: N")
    .replaceAll(/cat\[\d+\]/g, "cat[PID]")
    .replaceAll(/^ \? .*\n/gm, "")
    .replaceAll(/EFLAGS: [0-9a-f]{8}/g, "EFLAGS: F");
  const registers = `RIP: 0010:IP
Code: Unable to access opcode bytes at IP.
RSP: 0018:X EFLAGS: F
RAX: X RBX: X RCX: X
RDX: X RSI: X RDI: X
RBP: X R08: X R09: X
R10: X R11: X R12: X
R13: X R14: X R15: X
FS:  X(0000) GS:X(0000) knlGS:X
CS:  0010 DS: 0000 ES: 0000 CR0: X
CR2: X CR3: X CR4: X
`;
  t.is(
    form,
    `rc 0
BUG: unable to handle page fault for address: X
#PF: supervisor instruction fetch in kernel mode
#PF: error_code(0x0010) - not-present page
PGD E P4D E PUD E PMD E PTE 0
Oops: 0010 [#1] PREEMPT SMP NOPTI
CPU: N PID: N Comm: cat Tainted: G           OE      6.1.0-kelp #1
Hardware name: kelp microvm
${registers}Call Trace:
 <TASK>
 </TASK>
Modules linked in: [last unloaded: hook_sleep(OE)]
CR2: X
---[ end trace X ]---
${registers}note: cat[PID] exited with irqs disabled
alive
12416
Module                  Size  Used by    Tainted: G  
note: cat[PID] exited with irqs disabled
`,
  );
  t.regex(output, /^ \? seq_read_iter\+0x/m);
  t.notRegex(output, /^ [a-z_]+\+0x/m);
});
