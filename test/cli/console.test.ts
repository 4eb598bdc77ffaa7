import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { childOf, cpuTime, isAlive, KELP, pause, Terminal } from "./pty.js";

const PROMPT = /~ # $/;

async function boot(t: ExecutionContext, args: readonly string[] = [], shell = true): Promise<Terminal> {
  const terminal = new Terminal(["--plain", ...args], shell);
  t.teardown(() => terminal.close());
  await terminal.until(PROMPT);
  return terminal;
}

/** What a command prints: the text between its echo and the next prompt. */
async function run(terminal: Terminal, command: string): Promise<string> {
  terminal.type(`${command}\r`);
  const text = (await terminal.until(PROMPT)).replaceAll("\r", "");
  return text.slice(text.indexOf("\n") + 1).replace(PROMPT, "");
}

test.serial(
  "keys are edited, run, and Ctrl-D at the empty prompt ends kelp with the shell's status and the terminal as it was",
  async (t) => {
    const terminal = await boot(t);
    t.is(await run(terminal, "echo hex\x7f\x7fllo"), "hllo\n");
    t.is(await run(terminal, "false"), "");
    terminal.type("\x04");
    t.regex(await terminal.until(/ended [^\n]*\n/), /ended 1 clean\r\n$/);
  },
);

test.serial("Ctrl-C interrupts the foreground program, not kelp", async (t) => {
  const terminal = await boot(t);
  terminal.type("sleep 100\r");
  await pause(300);
  terminal.type("\x03");
  t.regex(await terminal.until(PROMPT), /\^C/);
  t.is(await run(terminal, "echo $?"), "130\n");
});

test.serial("Ctrl-A x leaves at any time with the terminal as it was; Ctrl-A Ctrl-A is a Ctrl-A for the guest", async (t) => {
  const terminal = await boot(t);
  terminal.type("read x\r");
  await pause(200);
  terminal.type("\x01\x01\r");
  await terminal.until(PROMPT);
  t.is(await run(terminal, `[ "$x" = "$(printf '\\001')" ] && echo same`), "same\n");
  terminal.type("sleep 100\r");
  await pause(100);
  terminal.type("\x01x");
  t.regex(await terminal.until(/ended [^\n]*\n/), /ended 0 clean\r\n$/);
});

test.serial("the guest knows the terminal's size", async (t) => {
  const terminal = await boot(t);
  // Columns of ls fit 90 characters, not 80: three names of 28 characters and two blanks between.
  await run(terminal, "mkdir /tmp/d; cd /tmp/d; for i in 1 2 3; do : > aaaaaaaaaaaaaaaaaaaaaaaaaaa$i; done; cd");
  t.regex(await run(terminal, "ls -C /tmp/d"), /^(a{27}\d *){3}\n$/);
});

test.serial("when the window is resized, the foreground group gets SIGWINCH and the new size", async (t) => {
  const terminal = await boot(t);
  await run(terminal, "cd /tmp; for i in 1 2 3; do : > aaaaaaaaaaaaaaaaaaaaaaaaaaa$i; done; cd");
  await run(terminal, "trap 'echo changed' WINCH");
  terminal.resize(60, 20);
  await pause(300);
  t.regex(await run(terminal, ""), /^changed\n/);
  t.regex(await run(terminal, "ls -C /tmp"), /^(a{27}\d *){2}\na{27}\d\n$/);
});

test.serial("a guest second takes a second, and an idle guest takes next to nothing from the host", async (t) => {
  const terminal = await boot(t, [], false);
  const startedAt = performance.now();
  await run(terminal, "sleep 1");
  const took = performance.now() - startedAt;
  t.true(took >= 950 && took < 1500, `${took} ms`);
  const before = cpuTime(terminal.pid);
  await pause(1500);
  t.true(cpuTime(terminal.pid) - before <= 60, `${cpuTime(terminal.pid) - before} ms of processor time in 1500 ms`);
});

test.serial("with --warp idle time is skipped", async (t) => {
  const terminal = await boot(t, ["--warp"]);
  const startedAt = performance.now();
  await run(terminal, "sleep 1000");
  t.true(performance.now() - startedAt < 3000);
});

test.serial("SIGTERM gives the terminal back", async (t) => {
  const terminal = await boot(t);
  process.kill(childOf(terminal.pid), "SIGTERM");
  t.regex(await terminal.until(/ended [^\n]*\n/), /ended 143 clean\r\n$/);
});

test.serial("a terminal that goes away takes kelp with it", async (t) => {
  const terminal = await boot(t, [], false);
  const { pid } = terminal;
  terminal.close();
  await terminal.untilGone();
  t.false(isAlive(pid));
});

test.serial("a logged terminal session is replayed with the same bytes", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "kelp-console-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const log = join(folder, "session.log");
  const terminal = await boot(t, ["--log", log], false);
  await run(terminal, "uname -a");
  terminal.resize(100, 40);
  await run(terminal, "sleep 0.3");
  terminal.type("sleep 100\r");
  await pause(150);
  terminal.type("\x03");
  await terminal.until(PROMPT);
  terminal.type("exit 7\r");
  await terminal.untilGone();
  const last: { at: number[]; end: object } = JSON.parse(readFileSync(log, "utf8").trim().split("\n").at(-1) ?? "");
  t.deepEqual(last.end, { kind: "exit", value: 0 });
  const replay = spawnSync(process.execPath, [KELP, "replay", log]);
  t.is(replay.stderr.toString(), "");
  t.is(replay.status, 7);
  // kelp itself adds the reset sequence at its end.
  t.is(replay.stdout.toString(), terminal.screen.replace(/(\x1b\[0m\x1b\[\?25h\x1b\[\?2004l)$/, ""));
});
