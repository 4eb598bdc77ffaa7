// What the inspectors read out of memory is what the guest itself says in /proc and /sys.
import test from "ava";
import type { Arguments } from "../../src/cli/options.js";
import { startSession } from "../../src/cli/session.js";
import { BootImage, functionCode } from "../../src/debug/inspect/function.js";
import { ftraceOps, kprobes } from "../../src/debug/inspect/hooks.js";
import { functionStacks, patches, transition } from "../../src/debug/inspect/livepatch.js";
import { modules } from "../../src/debug/inspect/modules.js";
import { describe, findFunction, placeOf, shortName } from "../../src/debug/inspect/names.js";
import { stackOf } from "../../src/debug/inspect/stack.js";
import { currentTask, tasks } from "../../src/debug/inspect/tasks.js";
import { KernelView } from "../../src/debug/kernel-view.js";
import type { Machine } from "../../src/vm/machine.js";

const TICKS = 100_000_000;

/** Runs a script in the guest for so many guest seconds; the machine then stands still. */
function guest(text: string, seconds: number): { machine: Machine; view: KernelView; output: string } {
  const args: Arguments = { command: "run", files: [], flags: new Set(), texts: new Map(), numbers: new Map() };
  let output = "";
  const { machine, image } = startSession(
    args,
    { mode: "command", text },
    { onConsole: (bytes) => (output += Buffer.from(bytes).toString("latin1")) },
  );
  machine.run({ until: seconds * TICKS });
  return { machine, view: new KernelView(machine.cores, image), output: output.replaceAll("\r", "") };
}

/** The text between two marks that the script printed. */
const part = (output: string, name: string): string[] =>
  (new RegExp(`<${name}\n([^]*?)^${name}>$`, "m").exec(output)?.[1] ?? "").split("\n").slice(0, -1);

const bracket = (name: string, command: string): string => `echo "<${name}"; ${command}; echo "${name}>"`;

test("modules, their sizes, places and taints are those of /proc/modules", (t) => {
  const { view, output } = guest(`insmod hello.ko; insmod livepatch-sample.ko; ${bracket("M", "cat /proc/modules")}; sleep 100`, 3);
  const lines = modules(view).map(({ name, size, references, users, state, base, taints }) => {
    const by = users.length > 0 ? users.map((user) => `${user},`).join("") : "-";
    return `${name} ${size} ${references} ${by} ${state} 0x${base.toString(16)}${taints ? ` (${taints})` : ""}`;
  });
  t.true(lines.length >= 2);
  t.deepEqual(lines, part(output, "M"));
});

test("the stack of a sleeping task is that of /proc/PID/stack below the scheduler's functions", (t) => {
  const { view, output } = guest(`sleep 100 & sleep 1; ${bracket("S", "cat /proc/$!/stack")}; ${bracket("P", "echo $!")}; sleep 100`, 4);
  const pid = Number(part(output, "P")[0]);
  const task = tasks(view).find((one) => one.pid === pid);
  t.is(task?.name, "sleep");
  const shown = part(output, "S").map((line) => line.replace("[<0>] ", ""));
  const own = task ? stackOf(view, task).flatMap((entry) => (entry.kind === "return" ? [describe(view, entry.address)] : [])) : [];
  t.true(shown.length > 3);
  t.deepEqual(own.slice(-shown.length), shown);
  const bottom = task && stackOf(view, task).at(-1);
  t.true(bottom?.kind === "registers" && bottom.user);
});

test("all processes of /proc are there, with names and states", (t) => {
  const { view, output } = guest(`sleep 100 & sleep 1; ${bracket("T", "cat /proc/[0-9]*/comm | sort")}; sleep 100; true`, 4);
  const names = tasks(view)
    .filter(({ idle }) => !idle)
    .map(({ name }) => name)
    .sort();
  // The last two of the pipeline have ended; the shell's last sleep has begun.
  const expected = part(output, "T").filter((name) => name !== "cat" && name !== "sort");
  for (const name of expected) t.true(names.includes(name), name);
  t.is(currentTask(view, 0)?.name, "swapper/0");
});

test("symbols have the addresses that /proc/kallsyms gives, a module's own too", (t) => {
  const names = "cmdline_proc_show|klp_ftrace_handler|livepatch_cmdline_proc_show";
  const { view, output } = guest(`insmod livepatch-sample.ko; ${bracket("K", `grep -wE "${names}" /proc/kallsyms`)}; sleep 100`, 3);
  const lines = part(output, "K");
  t.is(lines.length, 3);
  for (const line of lines) {
    const [address, , name] = line.split(/\s+/);
    t.is(findFunction(view, name)?.toString(16), address);
    t.is(placeOf(view, BigInt(`0x${address}`) + 3n)?.name, name);
  }
});

test("a patch, its function's changed bytes, the ops and the stack of versions belong together", (t) => {
  const { view, output } = guest(
    `insmod livepatch-sample.ko; sleep 1; ${bracket("E", "cat /sys/kernel/livepatch/livepatch_sample/enabled")}; sleep 100`,
    5,
  );
  t.deepEqual(part(output, "E"), ["1"]);
  const [patch, ...others] = patches(view);
  t.deepEqual([patch.name, patch.enabled, others.length], ["livepatch_sample", true, 0]);
  t.deepEqual(
    patch.objects.map(({ name, patched, functions }) => [name, patched, functions.map(({ oldName }) => oldName)]),
    [["vmlinux", true, ["cmdline_proc_show"]]],
  );
  t.is(transition(view), undefined);
  const [{ address, versions }] = functionStacks(view);
  t.deepEqual(
    [shortName(view, address), shortName(view, versions[0].newAddress)],
    ["cmdline_proc_show", "livepatch_cmdline_proc_show [livepatch_sample]"],
  );
  const [ops] = ftraceOps(view);
  t.deepEqual([ops.filter, shortName(view, ops.handler), ops.flags.includes("IPMODIFY")], [[address], "klp_ftrace_handler", true]);
  const code = functionCode(view, new BootImage(view), "cmdline_proc_show");
  t.is(code?.changedBytes, 5);
  t.deepEqual(code?.instructions.map(({ changed }) => changed.some(Boolean)).slice(0, 2), [true, false]);
  t.is(code?.call?.target, ops.trampoline);
  // What was never hooked stands as vmlinux has it, its entry a NOP.
  const other = functionCode(view, new BootImage(view), "version_proc_show");
  t.deepEqual([other?.changedBytes, Buffer.from(other?.instructions[0].bytes ?? []).toString("hex")], [0, "0f1f440000"]);
});

test("a transition names the task that sleeps in the old function, and counts those that are switched", (t) => {
  const script = `insmod sleeper.ko secs=1000; cat /proc/sleeper & sleep 1; insmod lp-sleeper.ko; sleep 2; ${bracket("T", "cat /sys/kernel/livepatch/lp_sleeper/transition")}; ${bracket("P", "echo $!")}; sleep 100; true`;
  const { view, output } = guest(script, 6);
  t.deepEqual(part(output, "T"), ["1"]);
  const state = transition(view);
  t.deepEqual(
    state?.stragglers.map(({ task, reason }) => [task.name, String(task.pid), reason]),
    [["cat", part(output, "P")[0], "sleeps in the old sleeper_wait"]],
  );
  t.deepEqual([state?.patching, state && state.total - state.switched], [true, 1]);
});

const TRACING = "/sys/kernel/tracing";

test("a return slot that a return probe has taken says where the call really returns to", (t) => {
  const { view, output } = guest(
    `insmod sleeper.ko secs=1000; echo "r:back sleeper_wait" > ${TRACING}/kprobe_events; echo 1 > ${TRACING}/events/kprobes/back/enable
cat /proc/sleeper & sleep 1; ${bracket("S", "grep sleeper_show /proc/$!/stack")}; ${bracket("P", "echo $!")}; sleep 100`,
    8,
  );
  t.deepEqual(hookedReturns(view, Number(part(output, "P")[0])), [["kretprobe", ...part(output, "S")]]);
});

test("the graph tracer's return slots say where the calls really return to", (t) => {
  const { view, output } = guest(
    `insmod sleeper.ko secs=1000; echo sleeper_wait > ${TRACING}/set_ftrace_filter; echo function_graph > ${TRACING}/current_tracer
cat /proc/sleeper & sleep 1; ${bracket("S", "grep sleeper_show /proc/$!/stack")}; ${bracket("P", "echo $!")}; sleep 100`,
    8,
  );
  t.deepEqual(hookedReturns(view, Number(part(output, "P")[0])), [["function_graph", ...part(output, "S")]]);
});

/** Who has taken a return slot on a task's stack, and the place that the call returns to, in the words of /proc/PID/stack. */
function hookedReturns(view: KernelView, pid: number): string[][] {
  const task = tasks(view).find((one) => one.pid === pid);
  const entries = task ? stackOf(view, task) : [];
  return entries.flatMap((entry) =>
    entry.kind === "return" && entry.hooked ? [[entry.hooked.by, `[<0>] ${describe(view, entry.hooked.address)}`]] : [],
  );
}

test("within a trampoline the slot that it returns by is told before and after its handler has redirected the call", (t) => {
  const { machine, view } = guest("insmod stack-slot.ko; sleep 1; cat /proc/cmdline; sleep 100", 0.9);
  const { registers } = machine.cores;
  const slot = (cpu: number): string | undefined => {
    view.refresh();
    const task = currentTask(view, cpu);
    const entry = task && stackOf(view, task).find(({ kind }) => kind === "redirected");
    if (entry?.kind !== "redirected") return undefined;
    return `${entry.written ? "written" : "to be written"}: ${shortName(view, entry.to)}`;
  };
  const [{ trampoline, trampolineSize }] = ftraceOps(view);
  const seen: (string | undefined)[] = [];
  let entered = 0;
  // Whichever CPU runs cat.
  for (let i = 0; i < 20_000_000 && registers.every(({ rip }) => shortName(view, rip) !== "replacement_entry [stack_slot]"); i++) {
    machine.run({ stopAt: machine.stamp.retired + 1n });
    const cpu = registers.findIndex(({ rip }) => rip >= trampoline && rip < trampoline + trampolineSize);
    if (cpu < 0) continue;
    entered++;
    const now = slot(cpu);
    if (seen.length === 0 || seen.at(-1) !== now) seen.push(now);
  }
  t.true(entered > 50);
  t.deepEqual(seen, [undefined, "to be written: replacement_entry [stack_slot]", "written: replacement_entry [stack_slot]"]);
});

test("a module's sections are those of /sys/module", (t) => {
  const { view, output } = guest(
    `insmod sleeper.ko; cd /sys/module/sleeper/sections; ${bracket("N", 'for f in $(ls -A); do echo "$f $(cat $f)"; done')}; sleep 100`,
    3,
  );
  const [mod] = modules(view);
  const lines = mod.sections.map(({ name, address }) => `${name} 0x${address.toString(16)}`);
  t.true(lines.length > 5);
  t.deepEqual(lines.sort(), part(output, "N").sort());
  t.is(mod.parts.text + mod.parts.readOnly + mod.parts.data, mod.size);
});

test("probes say whether ftrace or int3 calls them, and what a return probe calls", (t) => {
  const { view } = guest(
    `insmod kp-cmdline.ko; echo "r:back vfs_read" > ${TRACING}/kprobe_events; echo "p:in vfs_read+5" >> ${TRACING}/kprobe_events
echo 1 > ${TRACING}/events/kprobes/enable; sleep 100`,
    4,
  );
  const shown = kprobes(view).map(({ at, byFtrace, onReturn }) => [shortName(view, at), byFtrace, onReturn !== undefined]);
  t.deepEqual(shown.sort(), [
    ["cmdline_proc_show", true, false],
    ["vfs_read+0x5", false, false],
    ["vfs_read", true, true],
  ]);
});

test("memory that the guest has damaged ends every walk and throws nothing", (t) => {
  const { machine, view } = guest("insmod livepatch-sample.ko; sleep 100", 3);
  const { ram } = machine.cores;
  const boot = new BootImage(view);
  const look = (): void => {
    view.refresh();
    for (const task of tasks(view)) stackOf(view, task);
    for (const list of [modules(view), patches(view), functionStacks(view), ftraceOps(view), [transition(view)]])
      t.true(Array.isArray(list));
    functionCode(view, boot, "cmdline_proc_show");
    functionCode(view, boot, "livepatch_cmdline_proc_show");
  };
  // xorshift32: the same damage each time.
  let state = 2463534242;
  const random = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const start = view.reader.physical(view.address("_sdata") ?? 0n);
  const end = view.reader.physical((view.address("_end") ?? 0n) - 1n);
  t.true(start > 0 && end > start);
  for (let round = 0; round < 30; round++) {
    for (let i = 0; i < 20_000; i++) {
      const at = random() % 4 === 0 ? start + (random() % (end - start)) : random() % ram.length;
      ram[at] = random();
    }
    look();
  }
  ram.fill(0xff);
  look();
  ram.fill(0);
  look();
});
