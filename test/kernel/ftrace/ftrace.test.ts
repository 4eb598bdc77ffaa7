// ftrace as hooks and livepatches use it: bytes at the sites, who may share a function. Texts are those of Linux 6.1 (test/oracle: hook,
// bytes, kprobe).

import test from "ava";
import { runInGuest } from "../guest.js";

test("a site is a NOP after boot, a call while somebody traces it, and a NOP again", (t) => {
  const { output } = runInGuest(`insmod fnbytes.ko; show() { cut -d' ' -f4 /proc/fnbytes; }
    show; insmod livepatch-sample.ko; show; echo 0 > /sys/kernel/livepatch/livepatch_sample/enabled; sleep 2; show
    insmod ftrace-hook.ko; show; insmod ftrace-observe.ko; show; rmmod ftrace_hook ftrace_observe; show`);
  t.is(output, "0f\ne8\n0f\ne8\ne8\n0f\n");
});

test("a hook is called before the original and may be left, and another cannot change the same function", (t) => {
  const { output } =
    runInGuest(`insmod ftrace-hook.ko; cat /proc/cmdline; insmod ftrace-hook2.ko; echo $?; insmod livepatch-sample.ko; echo $?
    insmod ftrace-observe.ko saveregs=1; cat /proc/cmdline; cat /sys/module/ftrace_observe/parameters/hits
    rmmod ftrace_hook; cat /proc/cmdline; cat /sys/module/ftrace_observe/parameters/hits; insmod livepatch-sample.ko; cat /proc/cmdline
    insmod ftrace-hook.ko; echo $?; dmesg | grep -e hook -e observe -e handler | grep -v -e taint`);
  t.is(
    output,
    `this has been ftrace hooked
console=ttyS0 loglevel=4 loglevel=1
insmod: can't insert 'ftrace-hook2.ko': Device or resource busy
16
insmod: can't insert 'livepatch-sample.ko': Device or resource busy
16
this has been ftrace hooked
console=ttyS0 loglevel=4 loglevel=1
2
console=ttyS0 loglevel=4 loglevel=1
3
this has been live patched
insmod: can't insert 'ftrace-hook.ko': Device or resource busy
16
ftrace_hook: module loaded
ftrace_hook2: register_ftrace_function() failed: -16
ftrace_hook2: register_ftrace_function() failed: -16
livepatch: failed to register ftrace handler for function 'cmdline_proc_show' (-16)
livepatch: failed to register ftrace handler for function 'cmdline_proc_show' (-16)
ftrace_observe: register: 0
ftrace_hook: module unloaded
ftrace_hook: register_ftrace_function() failed: -16
ftrace_hook: register_ftrace_function() failed: -16
`,
  );
});

test("kernel.ftrace_enabled: a livepatch keeps it on and cannot come while it is off; a hook is silently off", (t) => {
  const { output } = runInGuest(`cd /proc/sys/kernel; insmod /root/ftrace-hook.ko; echo 0 > ftrace_enabled; cat ftrace_enabled /proc/cmdline
    echo 1 > ftrace_enabled; cat /proc/cmdline; rmmod ftrace_hook; echo 0 > ftrace_enabled; insmod /root/livepatch-sample.ko; echo $?
    echo 1 > ftrace_enabled; insmod /root/livepatch-sample.ko; echo 0 > ftrace_enabled; cat ftrace_enabled`);
  t.is(
    output,
    `0
console=ttyS0 loglevel=4 loglevel=1
this has been ftrace hooked
console=ttyS0 loglevel=4 loglevel=1
insmod: can't insert '/root/livepatch-sample.ko': Device or resource busy
16
sh: write error: Device or resource busy
1
`,
  );
});

test("a kprobe at a function's entry fires before the livepatch; with a post_handler one excludes the other", (t) => {
  const { output } = runInGuest(`insmod livepatch-sample.ko; insmod kp-cmdline.ko; cat /proc/cmdline; rmmod kp_cmdline
    insmod kp-cmdline.ko post=1; echo $?; dmesg | grep kp_cmdline | grep -v taint`);
  t.is(
    output.replaceAll(/\/0x[0-9a-f]+/g, ""),
    `this has been live patched
insmod: can't insert 'kp-cmdline.ko': Device or resource busy
16
kp_cmdline: planted kprobe at cmdline_proc_show+0x0
kp_cmdline: pre_handler: p->addr = cmdline_proc_show+0x0, ip-addr = 1
kp_cmdline: kprobe unregistered
kp_cmdline: register_kprobe failed, returned -16
kp_cmdline: register_kprobe failed, returned -16
`,
  );
});
