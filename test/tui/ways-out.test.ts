// Every way out gives the terminal back as it was found: its settings, the main buffer, no mouse reports, the cursor, all modes. Tried with
// the screen and with the plain console, on a pseudo-terminal with a shell around kelp.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import xterm from "@xterm/headless";
import test, { type ExecutionContext } from "ava";
import { SessionInShell, stateOf } from "./session.js";

const FOUND = stateOf(new xterm.Terminal({ allowProposedApi: true }), true);

/** Throws within kelp when it is told to, outside of everything that could catch it. */
const THROWER = `data:text/javascript,${encodeURIComponent('process.on("SIGUSR2",()=>{throw new Error("thrown for a test")})')}`;

type Leave = (session: SessionInShell) => void;
const signal =
  (name: NodeJS.Signals): Leave =>
  (session) =>
    void process.kill(session.kelp, name);
const type =
  (text: string): Leave =>
  (session) =>
    session.type(text);

const WAYS: readonly [name: string, leave: Leave, status: number, says?: string][] = [
  ["Ctrl-A x", type("\x01x"), 0],
  ["Ctrl-A x while a full-screen program runs", type("less /proc/kallsyms\r\x01x"), 0],
  ["exit 7", type("exit 7\r"), 7],
  ["poweroff", type("poweroff\r"), 0],
  ["a panic", type("echo c > /proc/sysrq-trigger\r"), 120, "end Kernel panic - not syncing: sysrq triggered crash"],
  ["SIGTERM", signal("SIGTERM"), 143],
  ["SIGHUP", signal("SIGHUP"), 129],
  ["SIGINT", signal("SIGINT"), 130],
  ["SIGQUIT", signal("SIGQUIT"), 131],
  ["an exception within kelp", signal("SIGUSR2"), 125, "Error: thrown for a test"],
];

async function booted(t: ExecutionContext, args: readonly string[], env = {}): Promise<SessionInShell> {
  const session = new SessionInShell(80, 24, args, env);
  t.teardown(() => session.close());
  await session.sees(/^~ #/m);
  return session;
}

async function endsSoon(pid: number): Promise<boolean> {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

for (const [surface, args] of [
  ["the screen", []],
  ["the plain console", ["--plain"]],
] as const) {
  for (const [name, leave, status, says] of WAYS) {
    test.serial(`${surface}: ${name} ends with status ${status} and the terminal as it was`, async (t) => {
      const session = await booted(t, args, { NODE_OPTIONS: `--import=${THROWER}` });
      leave(session);
      await session.sees(/ended \d+ \w+$/m);
      const text = session.lines().join("\n");
      t.is(/ended .*$/m.exec(text)?.[0], `ended ${status} clean`);
      t.deepEqual(await session.state(), FOUND);
      if (says !== undefined) t.true(text.includes(says), text);
    });
  }

  for (const [name, stop] of [
    ["Ctrl-A z", type("\x01z")],
    ["SIGTSTP", signal("SIGTSTP")],
  ] as const) {
    test.serial(`${surface}: ${name} stops kelp with the terminal as it was, and fg brings it back`, async (t) => {
      const session = await booted(t, args);
      session.type("echo be$((1))fore\r");
      await session.sees(/^be1fore/m);
      stop(session);
      await session.sees("stopped clean");
      t.deepEqual(await session.state(), FOUND);
      session.type("\r");
      if (surface === "the screen") await session.sees(/F1 help[\s\S]*$/m);
      session.type("echo af$((1))ter\r");
      await session.sees(/^af1ter/m);
      session.type("exit 3\r");
      await session.sees("ended 3 clean");
      t.deepEqual(await session.state(), FOUND);
    });
  }

  test.serial(`${surface}: a terminal that goes away takes kelp with it`, async (t) => {
    const session = await booted(t, args);
    const { kelp } = session;
    session.close();
    t.true(await endsSoon(kelp));
  });

  test.serial(`${surface}: stopped without warning and continued, kelp takes the terminal again`, async (t) => {
    const session = await booted(t, args);
    process.kill(session.kelp, "SIGSTOP");
    await session.sees("stopped changed");
    // The shell's terminal is raw: Enter is no line end.
    session.type("\n");
    session.type("echo af$((1))ter\r");
    await session.sees(/^af1ter/m);
    session.type("exit 3\r");
    await session.sees("ended 3 clean");
    t.deepEqual(await session.state(), FOUND);
  });
}

test.serial("a recording that is played is paused, goes on, and leaves the terminal as it was when it is broken off", async (t) => {
  const file = join(tmpdir(), `kelp-play-${process.pid}.cast`);
  t.teardown(() => rmSync(file, { force: true }));
  const header = '{"version": 2, "width": 80, "height": 24}';
  writeFileSync(
    file,
    `${header}\n[0, "o", "\\u001b[?1049h\\u001b[?1000h\\u001b[?25l\\u001b[31mfirst"]\n[1, "o", "second"]\n[900, "o", "third"]\n`,
  );
  const session = new SessionInShell(80, 24, ["play", file]);
  t.teardown(() => session.close());
  await session.sees("first");
  session.type(" ");
  await session.settlesFor(1500);
  t.false(session.lines().join("").includes("second"));
  session.type(" ");
  await session.sees("second");
  session.type("q");
  await session.sees("ended 130 clean");
  t.deepEqual(await session.state(), FOUND);
});

test.serial("a session that is recorded on a terminal gives it back, also when kelp is killed, and keeps what it has", async (t) => {
  const file = join(tmpdir(), `kelp-record-${process.pid}.cast`);
  t.teardown(() => rmSync(file, { force: true }));
  const session = new SessionInShell(80, 24, ["record", file, "--", "--cpus", "1"]);
  t.teardown(() => session.close());
  await session.sees(/^~ #/m);
  process.kill(session.kelp, "SIGTERM");
  await session.sees(/ended \d+ \w+$/m);
  t.true(session.lines().join("\n").includes("ended 129 clean"), session.lines().join("\n"));
  t.deepEqual(await session.state(), FOUND);
  t.true(readFileSync(file, "utf8").startsWith('{"version":2'));
});
