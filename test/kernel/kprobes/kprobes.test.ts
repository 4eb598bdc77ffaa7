// Kernel probes. Texts and errnos are those of Linux 6.1 (test/oracle: kprobe, bytes; README items 18 and 20).

import { spawnSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { runInGuest } from "../guest.js";

const vmlinux = join(resolve(dirname(fileURLToPath(import.meta.url)), "../../../.."), "dist/guest/vmlinux");

/** Offsets in cmdline_proc_show at which an instruction begins, by binutils; undefined without them. */
function boundaries(): number[] | undefined {
  const run = spawnSync("objdump", ["-d", "--disassemble=cmdline_proc_show", vmlinux], { encoding: "utf8" });
  if (run.status !== 0) return undefined;
  const addresses = [...run.stdout.matchAll(/^([0-9a-f]{16}):\t[0-9a-f ]+\t\S/gm)].map(([, address]) => BigInt(`0x${address}`));
  return addresses.map((address) => Number(address - addresses[0]!));
}

test("a probe at the entry hangs on ftrace, one behind it is a breakpoint and then a jump", (t) => {
  const { output } =
    runInGuest(`insmod fnbytes.ko; show() { cut -d' ' -f4-9 /proc/fnbytes | sed 's/^e8 .. .. .. ../CALL/'; cut -d' ' -f2- /sys/kernel/debug/kprobes/list; }
    insmod kp-cmdline.ko; show; rmmod kp_cmdline; insmod kp-cmdline.ko off=5; show; sleep 1; show | sed 's/e9/JMP/'; cat /proc/cmdline; rmmod kp_cmdline; show
    dmesg | grep kp_cmdline: | grep -v taint | sed 's/0x[0-9a-f]*$/SIZE/; s/[/]0x[0-9a-f]*/\\/SIZE/'`);
  const [entry, ...rest] = output.split("\n");
  t.is(entry?.slice(0, 4), "CALL");
  t.is(
    rest.join("\n"),
    ` k  cmdline_proc_show+0x0    [FTRACE]
0f 1f 44 00 00 cc
 k  cmdline_proc_show+0x5    [OPTIMIZED]
0f 1f 44 00 00 JMP
 k  cmdline_proc_show+0x5    [OPTIMIZED]
console=ttyS0 loglevel=4 loglevel=1
0f 1f 44 00 00 55
kp_cmdline: planted kprobe at cmdline_proc_show+0x0/SIZE
kp_cmdline: kprobe unregistered
kp_cmdline: planted kprobe at cmdline_proc_show+0x5/SIZE
kp_cmdline: pre_handler: p->addr = cmdline_proc_show+0x5/SIZE, ip-addr = 1
kp_cmdline: kprobe unregistered
`,
  );
});

test("a probe can be planted where an instruction begins and nowhere else; the function does what it did", (t) => {
  const expected = boundaries();
  if (expected === undefined) {
    t.log("skipped: objdump was not found");
    t.pass();
    return;
  }
  const last = expected.at(-1)!;
  const { output } = runInGuest(`i=0; while [ $i -le ${last} ]; do
    for post in 0 1; do insmod kp-cmdline.ko off=$i post=$post 2> /dev/null && { a=$(cat /proc/cmdline); sleep 0.3; b=$(cat /proc/cmdline); rmmod kp_cmdline
    [ "$a" = "$b" ] && echo $i $post "$a"; }; done; i=$((i + 1)); done; dmesg | grep -c pre_handler: ; dmesg | grep -c post_handler:`);
  const line = "console=ttyS0 loglevel=4 loglevel=1";
  const lines = expected.flatMap((offset) => [`${offset} 0 ${line}`, `${offset} 1 ${line}`]);
  const n = expected.length;
  t.is(output, `${lines.join("\n")}\n${n * 4}\n${n * 2}\n`);
});

test("what cannot be probed is refused with Linux's errno", (t) => {
  const { output } =
    runInGuest(`for a in off=1 off=4 sym=no_such_symbol sym=kprobe_dispatcher sym=entry_SYSCALL_64; do insmod kp-cmdline.ko $a 2> /dev/null; echo $?; done
    insmod livepatch-sample.ko; insmod kp-cmdline.ko post=1; insmod kp-cmdline.ko; cat /proc/cmdline; dmesg | grep -c pre_handler`);
  t.is(output, "84\n84\n2\n22\n22\ninsmod: can't insert 'kp-cmdline.ko': Device or resource busy\nthis has been live patched\n1\n");
});

test("all probes can be switched off and on, and their slots have symbols", (t) => {
  const { output } =
    runInGuest(`insmod kp-cmdline.ko off=5; sleep 1; cd /sys/kernel/debug/kprobes; cat enabled; grep builtin__kprobes /proc/kallsyms | cut -d' ' -f3
    echo 0 > enabled; cat /proc/cmdline > /dev/null; cat enabled; echo 1 > enabled; cat /proc/cmdline > /dev/null
    dmesg | grep -o -e 'pre_handler: p->addr' -e 'kprobes: .*'; grep -q asm_exc_int3 blacklist; echo $?`);
  t.is(
    output,
    `1
kprobe_insn_page	[__builtin__kprobes]
kprobe_optinsn_page	[__builtin__kprobes]
0
kprobes: Kprobes globally disabled
kprobes: Kprobes globally enabled
pre_handler: p->addr
0
`,
  );
});
