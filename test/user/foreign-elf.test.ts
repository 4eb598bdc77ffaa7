// Static programs built by gcc: the guest's output is the host's, byte for byte, and so is the exit status.
import test from "ava";
import { bytesOf, compileWithGcc, hasGcc, runInGuest, runNatively } from "./guest.js";

const cases = {
  signals: "siginfo, ucontext, masks, nesting, alternate stacks, one-shot handlers and caught faults",
  processes: "fork, wait4, pipes, vfork, exec, a thread, stops, and calls interrupted and restarted by signals",
  threads: "threads by clone, futexes of all kinds, robust locks, signals to threads, exec and exit of groups",
  clone3: "clone3's refusals, stacks, cleared handlers and wanted numbers",
  "set-tid": "children with wanted numbers, and the limit of a user's tasks",
  mappings: "mapped files and shared memory, their coherence, busy texts, record locks and flock",
  errnos: "five hundred system calls with good and bad arguments, POSIX timers and profiling",
  selftest: "integers, sorting, strings, brk, mmap and the auxiliary vector",
  hostile: "forged signal frames, privileged instructions, bad pointers and stacks, each ending in a signal or an errno",
};

/** What only root may do. */
const privileged = new Set(["set-tid"]);

const isLinux = process.platform === "linux" && process.arch === "x64";

for (const [name, what] of Object.entries(cases)) {
  for (const level of name === "selftest" ? ["-O2", "-O3", "-Os", "-static-pie"] : ["-O2", "-Os"]) {
    const title = `gcc ${level}: ${what} are in the guest as on Linux`;
    const rightless = privileged.has(name) && process.getuid?.() !== 0;
    if (!hasGcc || !isLinux || rightless) {
      test(title, (t) => {
        t.log(`skipped: ${rightless ? "not root" : hasGcc ? "the host is not x86-64 Linux" : "gcc is not installed"}`);
        t.pass();
      });
      continue;
    }
    test(title, (t) => {
      const program = compileWithGcc(name, level);
      const native = runNatively(program);
      const guest = runInGuest(`cd /root; ./${name}; echo "status $?"`, { [name]: bytesOf(program) });
      t.is(guest.end, "exit");
      t.is(guest.out, `${native.out}status ${native.status}\n`);
      t.true(native.out.split("\n").length > 5);
    });
  }
}
