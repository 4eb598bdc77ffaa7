// Livepatch as its user sees it. Texts and exit codes are those of Linux 6.1 (test/oracle: sample, replace, notloaded, nosym, stall).

import test from "ava";
import { runInGuest } from "../guest.js";

/** Prints the livepatch core's messages so far, and forgets them. */
const messages = "dmesg -c | grep -e livepatch -e TAINT";

/** Here a transition that nothing holds up is complete at once; with more CPUs their idle tasks come a second later. */
const oneCpu = ["--cpus", "1"];

test("a livepatch replaces a function, is disabled, and goes", (t) => {
  const { output, status } = runInGuest(
    `cat /proc/cmdline
    insmod livepatch-sample.ko; cat /proc/cmdline
    cat /proc/modules | cut -d' ' -f1-5; cat /proc/sys/kernel/tainted
    echo 0 > /sys/kernel/livepatch/livepatch_sample/enabled; cat /proc/cmdline
    sleep 3; ls -A /sys/kernel/livepatch; rmmod livepatch_sample; lsmod
    ${messages}; exit 7`,
    oneCpu,
  );
  t.is(
    output,
    `console=ttyS0 loglevel=4 loglevel=1
this has been live patched
livepatch_sample 16384 1 - Live
45056
console=ttyS0 loglevel=4 loglevel=1
Module                  Size  Used by    Tainted: G  
livepatch_sample: loading out-of-tree module taints kernel.
livepatch_sample: tainting kernel with TAINT_LIVEPATCH
livepatch_sample: module verification failed: signature and/or required key missing - tainting kernel
livepatch: enabling patch 'livepatch_sample'
livepatch: 'livepatch_sample': starting patching transition
livepatch: 'livepatch_sample': patching complete
livepatch: 'livepatch_sample': starting unpatching transition
livepatch: 'livepatch_sample': unpatching complete
`,
  );
  t.is(status, 7);
});

test("an enabled livepatch cannot be unloaded, loaded twice, enabled again or given nonsense", (t) => {
  const { output } = runInGuest(
    `insmod livepatch-sample.ko
    cd /sys/kernel/livepatch/livepatch_sample
    rmmod livepatch_sample; echo $?; insmod /root/livepatch-sample.ko; echo $?
    echo 1 > enabled; echo x > enabled; echo 1 > force; cat force; cat enabled transition vmlinux/patched`,
    oneCpu,
  );
  t.is(
    output,
    `rmmod: can't unload module 'livepatch_sample': Resource temporarily unavailable
1
insmod: can't insert '/root/livepatch-sample.ko': File exists
17
sh: write error: Invalid argument
sh: write error: Invalid argument
sh: write error: Invalid argument
cat: can't open 'force': Permission denied
1
0
1
`,
  );
});

test("stacked patches: the newest wins, and any of them may be disabled first", (t) => {
  const { output } = runInGuest(`off() { echo 0 > /sys/kernel/livepatch/$1/enabled; sleep 2; rmmod $1; }
    insmod lp-one.ko; sleep 2; insmod lp-two.ko; sleep 2; cat /proc/cmdline
    off lp_one; cat /proc/cmdline; insmod lp-one.ko; sleep 2; cat /proc/cmdline
    off lp_one; cat /proc/cmdline; off lp_two; cat /proc/cmdline; lsmod`);
  t.is(
    output,
    `this has been live patched by two
this has been live patched by two
this has been live patched by one
this has been live patched by two
console=ttyS0 loglevel=4 loglevel=1
Module                  Size  Used by    Tainted: G  
`,
  );
});

test("atomic replace takes the place of all older patches, also of functions that it does not touch", (t) => {
  const { output } = runInGuest(`version=$(cat /proc/version)
    insmod lp-one.ko; sleep 2; insmod lp-version.ko; sleep 2; cat /proc/version
    insmod lp-replace.ko; sleep 3; cat /proc/cmdline; [ "$(cat /proc/version)" = "$version" ] && echo original version
    ls /sys/kernel/livepatch; ls /sys/kernel/livepatch/lp_replace/vmlinux; lsmod | cut -c1-28; rmmod lp_one lp_version; echo $?`);
  t.is(
    output,
    `Linux version live-patched
this has been live patched by the replacing patch
original version
lp_replace
cmdline_proc_show,1  patched
Module                  Size
lp_replace             16384
lp_version             16384
lp_one                 16384
0
`,
  );
});

test("a patch for a module is applied when it comes and reverted when it goes, with its callbacks", (t) => {
  const { output } = runInGuest(`insmod lp-hello.ko; sleep 2; cat /sys/kernel/livepatch/lp_hello/hello/patched; dmesg -c > /dev/null
    insmod hello.ko; cat /proc/hello; cat /sys/kernel/livepatch/lp_hello/hello/patched; rmmod hello
    cat /sys/kernel/livepatch/lp_hello/hello/patched; dmesg -c`);
  t.is(
    output,
    `0
hello: this has been live patched
1
0
livepatch: applying patch 'lp_hello' to loading module 'hello'
lp_hello: pre_patch_callback: hello (COMING)
lp_hello: post_patch_callback: hello (COMING)
hello: Hello, world
hello: Goodbye, world
lp_hello: pre_unpatch_callback: hello (GOING)
livepatch: reverting patch 'lp_hello' on unloading module 'hello'
lp_hello: post_unpatch_callback: hello (GOING)
`,
  );
});

test("patches that cannot be are refused with Linux's words", (t) => {
  const { output } = runInGuest(`insmod lp-noinfo.ko 2>/dev/null; echo $?; insmod lp-nosym.ko 2>/dev/null; echo $?
    insmod lp-noobjs.ko 2>/dev/null; echo $?; insmod lp-nonew.ko 2>/dev/null; echo $?
    insmod lp-ambiguous.ko sym=saved_command_line 2>/dev/null; echo $?
    insmod lp-ambiguous.ko sym=cmdline_proc_show pos=2 2>/dev/null; echo $?
    insmod lp-callbacks.ko 2>/dev/null; echo $?; lsmod; ls /sys/kernel/livepatch; dmesg | grep -e livepatch: -e callback`);
  // A failing insmod tries twice: finit_module, then init_module.
  const twice = (text: string) => text + text;
  const failed = (text: string, patch: string) =>
    twice(`livepatch: enabling patch '${patch}'
${text}livepatch: failed to enable patch '${patch}'
livepatch: '${patch}': unpatching complete
`);
  const said =
    twice("livepatch: module lp_noinfo is not marked as a livepatch module\n") +
    twice("livepatch: symbol 'no_such_function_here' not found in symbol table\n") +
    failed(
      "livepatch: failed to find location for function 'saved_command_line'\nlivepatch: failed to patch object 'vmlinux'\n",
      "lp_ambiguous",
    ) +
    twice("livepatch: symbol position 2 for symbol 'cmdline_proc_show' in object 'vmlinux' not found\n") +
    failed("lp_callbacks: pre_patch_callback: vmlinux -> -19\nlivepatch: pre-patch callback failed for object 'vmlinux'\n", "lp_callbacks");
  t.is(output, `22\n22\n22\n22\n22\n22\n19\nModule                  Size  Used by    Tainted: G  \n${said}`);
});

test("a task asleep in the old function holds the transition up, can be told by its state, and is woken after 15 seconds", (t) => {
  const { output } = runInGuest(`insmod sleeper.ko secs=1000; cat /proc/sleeper & sleep 1
    insmod lp-sleeper.ko; cat /sys/kernel/livepatch/lp_sleeper/transition; cat /proc/$!/patch_state /proc/self/patch_state
    insmod lp-one.ko; echo $?; sleep 30; cat /sys/kernel/livepatch/lp_sleeper/transition; cat /proc/sleeper
    dmesg | grep -e "'lp_sleeper'" -e signal`);
  t.is(
    output,
    `1
0
1
insmod: can't insert 'lp-one.ko': Device or resource busy
16
sleeper: this has been live patched
0
sleeper: this has been live patched
livepatch: enabling patch 'lp_sleeper'
livepatch: 'lp_sleeper': starting patching transition
livepatch: signaling remaining tasks
livepatch: 'lp_sleeper': patching complete
`,
  );
});

test("a transition that is held up can be reversed, and one back can be forced", (t) => {
  const { output } = runInGuest(`insmod sleeper.ko secs=20; cat /proc/sleeper > /dev/null & sleep 1
    insmod lp-sleeper.ko; cd /sys/kernel/livepatch/lp_sleeper; echo 0 > enabled; cat enabled; sleep 3; ls -A ..; cd /; rmmod lp_sleeper
    insmod lp-slow.ko 2>/dev/null || insmod /root/lp-slow.ko secs=20; sleep 3; cat /proc/cmdline > /dev/null & sleep 1
    cd /sys/kernel/livepatch/lp_slow; echo 0 > enabled; cat enabled transition; echo 1 > force; sleep 2; ls -A ..; cd /
    rmmod lp_slow; dmesg | grep -e transition -e complete -e forcing`);
  t.is(
    output,
    `0
0
1
rmmod: can't unload module 'lp_slow': Resource temporarily unavailable
livepatch: 'lp_sleeper': starting patching transition
livepatch: 'lp_sleeper': starting unpatching transition
livepatch: 'lp_sleeper': unpatching complete
livepatch: 'lp_slow': starting patching transition
livepatch: 'lp_slow': patching complete
livepatch: 'lp_slow': starting unpatching transition
livepatch: forcing remaining tasks to the patched state
livepatch: 'lp_slow': unpatching complete
`,
  );
});
