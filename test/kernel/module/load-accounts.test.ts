// Every kind of load and unload gives back what it took: compared by call site and exactly, after a first round that fills what stays.

import test from "ava";
import { runInGuest } from "../guest.js";
import { ACCOUNTS, difference, parseAccounts } from "./heap-accounts.js";

const ROUNDS = 3;

/** What a round does, and what its modules themselves do not give back (by round), as their C twins do not. */
const KINDS: Readonly<Record<string, { readonly round: string; readonly lost?: Readonly<Record<string, number>> }>> = {
  "a module with parameters": {
    round:
      "insmod hello.ko howmany=3 whom=you arr=4,5; echo 5 > /sys/module/hello/parameters/howmany; ls -R /sys/module/hello; rmmod hello",
  },
  "modules that depend on each other": {
    round: "modprobe hello_user; modprobe -r hello_user; insmod hello.ko; insmod hello_user.ko; rmmod hello; rmmod hello_user; rmmod hello",
  },
  "files and modules that do not load": {
    round: `insmod hello.ko howmany=abc; insmod hello.ko nosuch=1; rmmod hello
      for m in initfail unksym truncated badvermagic notelf short nosections exectype badarch empty; do insmod $m.ko; done`,
  },
  "a livepatch, forth and back": {
    round:
      "insmod livepatch-sample.ko; sleep 2; cat /proc/cmdline; ls -R $D; echo 0 > $D/livepatch_sample/enabled; sleep 2; rmmod livepatch_sample",
  },
  "livepatches that do not apply": {
    round: `for m in nosym ambiguous noinfo nonew noobjs; do insmod lp-$m.ko; done
      for m in nofuncs hello-badfn; do insmod lp-$m.ko; done; sleep 2; insmod hello.ko
      for m in lp_nofuncs lp_hello_badfn; do echo 0 > $D/$m/enabled; sleep 2; rmmod $m; done; rmmod hello`,
  },
  "a livepatch whose target comes and goes": {
    round: `insmod lp-hello.ko; sleep 2; insmod hello.ko; sleep 1; rmmod hello; insmod hello.ko; echo 0 > $D/lp_hello/enabled; sleep 2
      rmmod lp_hello; rmmod hello`,
  },
  "a stack that is replaced": {
    round: `for m in one two three replace; do insmod lp-$m.ko; sleep 2; done; cat /proc/cmdline; rmmod lp_one; rmmod lp_two; rmmod lp_three
      echo 0 > $D/lp_replace/enabled; sleep 2; rmmod lp_replace`,
  },
  "callbacks and states": {
    round: `insmod lp-callbacks.ko; sleep 2; insmod hello.ko; rmmod hello; echo 0 > $D/lp_callbacks/enabled; sleep 2; rmmod lp_callbacks
      insmod lp-state.ko; sleep 2; echo 0 > $D/lp_state/enabled; sleep 2; rmmod lp_state`,
  },
  "a transition that is forced": {
    round: `insmod sleeper.ko; insmod lp-sleeper.ko; sleep 1; echo 1 > $D/lp_sleeper/force; sleep 2; echo 0 > $D/lp_sleeper/enabled; sleep 2
      rmmod lp_sleeper; rmmod sleeper`,
  },
  "hooks and probes": {
    round: `insmod kp-cmdline.ko; cat /proc/cmdline; rmmod kp_cmdline; insmod ftrace-observe.ko; cat /proc/cmdline; rmmod ftrace_observe
      insmod stack-slot.ko; cat /proc/cmdline; rmmod stack_slot; insmod fnbytes.ko; rmmod fnbytes; insmod work-again.ko; rmmod work_again`,
    lost: { "kmalloc-128 alloc_ftrace_hash": 1, "kmalloc-32 add_hash_entry": 1, "kmalloc-32 alloc_ftrace_hash": 1 },
  },
};

for (const [kind, { round, lost = {} }] of Object.entries(KINDS)) {
  test(`${kind} leave nothing behind`, (t) => {
    const script = `${ACCOUNTS}
D=/sys/kernel/livepatch
round() { ${round}; }
# Twice: the first look makes room for the requests that its own pipelines have at a time.
round > out 2>&1; accounts before; accounts before
for i in ${"x ".repeat(ROUNDS)}; do round > out 2>&1; done; accounts after
lsmod; show before; show after`;
    const { output } = runInGuest(script, ["--cpus", "2"], "slub_debug=U");
    t.regex(output, /^Module {18}Size {2}Used by {4}Tainted: \w+ *\n@@/, output.slice(0, 500));
    const accounts = parseAccounts(output);
    const before = accounts.get("before") ?? new Map<string, number>();
    const after = accounts.get("after") ?? new Map<string, number>();
    t.true(before.size > 50 && after.size > 50);
    const expected = Object.entries(lost).map(([site, count]) => `+${count * ROUNDS} ${site}`);
    t.deepEqual(difference(before, after), expected);
  });
}
