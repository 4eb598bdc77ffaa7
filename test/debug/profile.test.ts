// The guest's profile: samples by the clock of instructions, named by task and symbol, without a trace in the run itself.
import test from "ava";
import { parseArguments } from "../../src/cli/options.js";
import { startSession } from "../../src/cli/session.js";
import { Profile } from "../../src/debug/profile.js";

function run(command: string, profiled: boolean): { retired: number; ticks: number; console: string; lines: string[] } {
  let console = "";
  const args = parseArguments(["run", "--cpus", "2", "--seed", "5", "-c", command]);
  const session = startSession(
    args,
    { mode: "command", text: command },
    {
      onConsole: (bytes) => {
        console += Buffer.from(bytes).toString("latin1");
      },
    },
  );
  const profile = profiled ? new Profile(session.machine.cores, session.image) : undefined;
  const { kind } = session.machine.run();
  if (kind !== "exit") throw new Error(kind);
  const { machine } = session;
  return { retired: Number(machine.stamp.retired), ticks: machine.now, console, lines: [...(profile?.report() ?? [])] };
}

/** Share in percent of the lines that have this text. */
const share = (lines: readonly string[], text: string): number =>
  lines.filter((line) => line.includes(text)).reduce((sum, line) => sum + Number.parseFloat(line), 0);

test("sampling changes nothing in the run, and takes one sample every 10007 instructions", (t) => {
  const command = "insmod livepatch-sample.ko; cat /proc/cmdline; bench-switch pipe 50; pipe-ring 4 20";
  const plain = run(command, false);
  const profiled = run(command, true);
  t.deepEqual({ ...profiled, lines: [] }, plain);
  const samples = profiled.lines.slice(3).map((line) => Number(line.slice(10, 19)));
  t.is(
    samples.reduce((sum, n) => sum + n, 0),
    Math.floor(plain.retired / 10007),
  );
  t.is(profiled.lines[0], `# Samples: ${Math.floor(plain.retired / 10007)}, one every 10007 instructions`);
});

test("a program that spins is seen to spin, one that makes faults to be in the kernel", (t) => {
  const spinning = run("bench-kernel fault 30000", true).lines;
  t.true(share(spinning, "bench-kernel     [k] ") > 60);
  t.true(share(spinning, "  bench-kernel     [.] user code") < 10);
  // Some fifty million instructions of one loop.
  const own = run("spin 12500000", true).lines;
  t.true(share(own, "  spin             [.] user code") > 80);
});
