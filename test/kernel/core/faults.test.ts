// Faults of the kernel and of modules: messages in Linux's order (test/oracle/crash), the task's end, and that the machine goes on.

import test from "ava";
import { runInGuest } from "../guest.js";

/** Message lines without what differs from build to build: addresses, offsets, register lines, code bytes. */
const shape = (text: string): string[] =>
  text
    .split("\n")
    .filter((line) => !/^(R..:|R.. ?:|FS:|CS:|CR2:.*CR3|Code:| ?\?|Hardware name)/.test(line) && !/^(RAX|RDX|RBP|R10|R13|RSP):/.test(line))
    .map((line) => line.replaceAll(/\+0x[0-9a-f]+\/0x[0-9a-f]+/g, "+OFF/SIZE").replaceAll(/CPU: \d PID: \d+/g, "CPU: C PID: N"));

test("a null dereference kills the task with an oops, and the machine goes on", (t) => {
  const { output } = runInGuest(`insmod nullderef.ko; dmesg -c > /dev/null
    sh -c 'echo n > /proc/nullderef' > /dev/null; echo $?
    dmesg -c
    cat /proc/sys/kernel/tainted; echo alive`);
  const told = output.slice(output.indexOf("Killed"));
  const end = told.indexOf("RIP: 0033");
  const lines = shape(told.slice(0, end) + told.slice(told.lastIndexOf("CR4:")).replace(/^.*\n/, ""));
  t.deepEqual(
    lines.filter((line) => !line.startsWith("PGD ") && !line.startsWith(" ")),
    [
      "Killed",
      "137",
      "BUG: kernel NULL pointer dereference, address: 0000000000000010",
      "#PF: supervisor write access in kernel mode",
      "#PF: error_code(0x0002) - not-present page",
      "Oops: 0002 [#1] PREEMPT SMP NOPTI",
      "CPU: C PID: N Comm: sh Tainted: G           OE      6.1.0-kelp #1",
      "Call Trace:",
      "12416",
      "alive",
      "",
    ],
  );
  t.deepEqual(
    lines.filter((line) => line.startsWith(" ") && !/[?<]/.test(line)),
    [
      " nd_write+OFF/SIZE [nullderef]",
      " proc_reg_write+OFF/SIZE",
      " vfs_write+OFF/SIZE",
      " ksys_write+OFF/SIZE",
      " do_syscall_64+OFF/SIZE",
      " entry_SYSCALL_64_after_hwframe+OFF/SIZE",
    ],
  );
});

test("kernel text cannot be written: permissions violation, and the bytes stay", (t) => {
  const { output } = runInGuest(
    "insmod textwrite.ko > /dev/null; echo $?; dmesg | grep -e 'textwrite: before' -e '#PF' | cut -c16-; cat /proc/cmdline",
  );
  t.regex(
    output,
    /Killed\n137\ntextwrite: before: 0f 1f 44 00 00\n#PF: supervisor write access in kernel mode\n#PF: error_code\(0x0003\) - permissions violation\n.*loglevel=1\n$/,
  );
});

test("BUG, a division by zero and a warning are told as Linux tells them", (t) => {
  const { output } = runInGuest(`insmod nullderef.ko; dmesg -c > /dev/null
    echo w > /proc/nullderef; dmesg -c | cut -c16- | grep -e cut -e nullderef -e 'end trace'
    sh -c 'echo b > /proc/nullderef' > /dev/null; echo $?; dmesg -c | cut -c16- | grep -e 'BUG at' -e 'invalid opcode'
    sh -c 'echo d > /proc/nullderef' > /dev/null; echo $?; dmesg -c | cut -c16- | grep -e 'divide error'
    cat /proc/sys/kernel/tainted`);
  const told = shape(output).filter((line) => /cut here|a warning|WARNING|end trace|kernel BUG|opcode|divide|^\d+$|fault$/.test(line));
  // From its oops on the console shows every message too (as Linux's console_verbose does), after that the log: each message once is enough.
  t.deepEqual(
    [...new Set(told)],
    [
      "------------[ cut here ]------------",
      "nullderef: a warning",
      "WARNING: CPU: C PID: N at modules/nullderef.ts:22 nd_write+OFF/SIZE [nullderef]",
      "---[ end trace 0000000000000000 ]---",
      "invalid opcode: 0000 [#1] PREEMPT SMP NOPTI",
      "Segmentation fault",
      "139",
      "kernel BUG at modules/nullderef.ts:21!",
      "divide error: 0000 [#2] PREEMPT SMP NOPTI",
      "12928",
    ],
  );
});

test("panic stops the machine, and kelp says so", (t) => {
  const { output, status } = runInGuest("insmod nullderef.ko; echo p > /proc/nullderef; echo never");
  t.regex(output, /Kernel panic - not syncing: nullderef: panic asked\n/);
  t.regex(output, /---\[ end Kernel panic - not syncing: nullderef: panic asked \]---\n/);
  t.notRegex(output, /never/);
  t.not(status, 0);
});

test("panic_on_warn and panic= end with the way to the warning, the kernel's offset and the seconds until the restart", (t) => {
  const { output, status } = runInGuest(`echo 1 > /proc/sys/kernel/panic_on_warn; echo 2 > /proc/sys/kernel/panic
    insmod nullderef.ko; echo w > /proc/nullderef`);
  t.deepEqual(
    shape(output.slice(output.indexOf("Kernel panic"))).filter((line) => !/^(RIP|ORIG| \? |kelp:|$)/.test(line)),
    [
      "Kernel panic - not syncing: kernel: panic_on_warn set ...",
      "CPU: C PID: N Comm: sh Tainted: G           OE      6.1.0-kelp #1",
      "Call Trace:",
      " <TASK>",
      " dump_stack_lvl+OFF/SIZE",
      " panic+OFF/SIZE",
      " check_panic_on_warn+OFF/SIZE",
      " __warn+OFF/SIZE",
      " report_bug+OFF/SIZE",
      " handle_bug+OFF/SIZE",
      " exc_invalid_op+OFF/SIZE",
      " asm_exc_invalid_op+OFF/SIZE",
      " proc_reg_write+OFF/SIZE",
      " vfs_write+OFF/SIZE",
      " ksys_write+OFF/SIZE",
      " do_syscall_64+OFF/SIZE",
      " entry_SYSCALL_64_after_hwframe+OFF/SIZE",
      " </TASK>",
      "Kernel Offset: disabled",
      "Rebooting in 2 seconds..",
    ],
  );
  t.not(status, 0);
});

/** The frames of a trace, one for each run of equal ones, and the marks of the stacks. */
const frames = (text: string): string[] => {
  const lines = text
    .slice(text.indexOf("Call Trace:"), text.indexOf("Modules linked in"))
    .split("\n")
    .slice(1)
    .filter((line) => /^ (<|[^? ])/.test(line));
  return lines.map((line) => line.trim().replace(/\+0x.*?( \[|$)/, "$1")).filter((line, i, all) => line !== all[i - 1]);
};

const TIMER_FRAMES = [
  "timer_fn [contexts]",
  "call_timer_fn",
  "__run_timers",
  "run_timer_softirq",
  "handle_softirqs",
  "__irq_exit_rcu",
  "sysvec_apic_timer_interrupt",
  "</IRQ>",
  "<TASK>",
  "asm_sysvec_apic_timer_interrupt",
];

test("an oops in a timer's function is the end of the machine, told from the interrupt stack to the task below it", (t) => {
  const { output, status } = runInGuest("insmod contexts.ko run=null; sleep 1");
  t.deepEqual(frames(output).slice(0, 11), ["<IRQ>", ...TIMER_FRAMES]);
  t.regex(output, /\nKernel panic - not syncing: Fatal exception in interrupt\nKernel Offset: disabled\n---\[ end Kernel panic/);
  t.is(status, 120);
});

test("an overflow of the interrupt stack meets its guard page", (t) => {
  const { output, status } = runInGuest("insmod contexts.ko run=recurse; sleep 1");
  t.regex(
    output,
    /^BUG: IRQ stack guard page was hit at \S+ \(stack is \S+\.\.\S+\)\nstack guard page: 0000 \[#1\] PREEMPT SMP NOPTI\nCPU: \d PID: 0 Comm: swapper\/\d /,
  );
  t.deepEqual(frames(output).slice(0, 13), ["<IRQ>", "recurse [contexts]", "run_recurse [contexts]", ...TIMER_FRAMES]);
  t.regex(output, /\nKernel panic - not syncing: Fatal exception in interrupt\n/);
  t.is(status, 120);
});

test("an overflow of a kernel thread's stack ends the thread", (t) => {
  const { output, status } = runInGuest("insmod contexts.ko run=recurse in=thread; sleep 1; ps | grep -c contexts; dmesg -c");
  t.regex(output, /\nBUG: TASK stack guard page was hit at \S+ \(stack is \S+\.\.\S+\)\nstack guard page: 0000 \[#1\] PREEMPT SMP NOPTI\n/);
  t.deepEqual(frames(output), [
    "<TASK>",
    "recurse [contexts]",
    "run_recurse [contexts]",
    "thread_fn [contexts]",
    "kthread",
    "ret_from_fork",
    "</TASK>",
  ]);
  t.is(status, 0);
});
