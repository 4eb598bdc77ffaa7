// The interactive shell as init starts it on the console: the recorded session of a real busybox ash, line editing, job control, marks.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { Console } from "./fake-kernel/console.js";

interface Step {
  cmd?: string;
  out?: string;
  rc?: number;
  sleep?: number;
}

/** What the session needs and the fake kernel has not: /proc and its errors, sysinfo, what was typed beside the recording, timing of a kill. */
const NEEDS_LINUX = new Set([
  "echo 1 > /proc/version",
  "echo 1 > /proc/cmdline",
  "echo abc > /proc/sys/kernel/ftrace_enabled",
  "uptime",
  "echo back $?",
  "echo $-",
  "echo $BASH_VERSION $SHLVL",
]);
/** The recording's jobs end between two prompts, the fake kernel's before the next one; the last three follow keys that are not recorded. */
const TIMING = (steps: readonly Step[]): Set<Step> => {
  const firstKill = steps.findIndex((step) => step.cmd === "kill %1" && step.rc === 0);
  return new Set([steps[firstKill], steps[firstKill + 1], ...steps.slice(-4)].filter((step) => step !== undefined));
};

const SCRIPT = [
  "#!/bin/sh",
  'echo "in a script: $0"',
  "nosuchcommand arg",
  "cat /missing/file",
  "echo 2 > /nodir/x",
  "echo after $?",
  "if [ 1 = 1 ; then echo yes; fi",
  'echo "last"',
  "exit 7",
  "",
].join("\n");

/** pids differ, and the column behind them with their length. */
const level = (text: string): string => text.replace(/^(\[\d\][+-] {2})\d+ (\w+) +/gm, "$1PID $2 ").replace(/\n+$/, "");

test("the recorded session of busybox ash on a real Linux", (t) => {
  const steps = (JSON.parse(readFileSync(join("test", "oracle", "ash.json"), "utf8")) as { steps: Step[] }).steps;
  const timing = TIMING(steps);
  const screen = new Console({ env: ["KELP_MARKS=1"], files: { "/root/hello.ko": "x", "/root/script.sh": SCRIPT } });
  screen.take();
  for (const step of steps) {
    if (step.sleep !== undefined) screen.wait(step.sleep);
    if (step.cmd === undefined) continue;
    let text = screen.type(`${step.cmd}\r`);
    for (let n = 0; n < 8 && !text.includes("\x1b]133;D"); n++) text += screen.wait(1);
    if (NEEDS_LINUX.has(step.cmd) || timing.has(step)) continue;
    const parts = /\x1b\]133;C\x07([\s\S]*?)\x1b\]133;D;(\d+)\x07([\s\S]*?)\x1b\]133;A/.exec(text);
    const out = level((parts?.[1] ?? "") + (parts?.[3] ?? ""));
    t.deepEqual(
      { cmd: step.cmd, out: step.out === undefined ? undefined : out, rc: Number(parts?.[2]) },
      {
        cmd: step.cmd,
        out: step.out === undefined ? undefined : level(step.out),
        rc: step.rc ?? 0,
      },
    );
  }
});

test("marks stand around prompt, command and output; an empty line has none of a command's", (t) => {
  const screen = new Console({ env: ["KELP_MARKS=1"] });
  const prompt = "\x1b]133;A\x07~ # \x1b]133;B\x07";
  t.is(screen.take(), prompt);
  t.is(screen.type("echo hi\r"), `echo hi\n\x1b]133;C\x07hi\n\x1b]133;D;0\x07${prompt}`);
  t.is(screen.type("\r"), `\n${prompt}`);
  t.is(screen.type(")\r"), `)\n\x1b]133;C\x07sh: syntax error: unexpected ")"\n\x1b]133;D;2\x07${prompt}`);
});

test("a command may go over several lines", (t) => {
  const screen = new Console();
  screen.take();
  t.is(screen.type("for i in 1 2\rdo echo $i\rdone\r"), "for i in 1 2\n> do echo $i\n> done\n1\n2\n~ # ");
  t.is(screen.type("cat <<E\ra b\rE\r"), "cat <<E\n> a b\n> E\na b\n~ # ");
  t.is(screen.type("echo 'a\r"), "echo 'a\n> ");
  t.is(screen.type("\x03"), "^C\n~ # ");
});

test("Ctrl-C ends the foreground command and gives up the line, Ctrl-Z stops, fg goes on", (t) => {
  const screen = new Console();
  screen.take();
  t.is(screen.type("sleep 50; echo no\r"), "sleep 50; echo no\n");
  t.is(screen.type("\x03"), "^C\n~ # ");
  t.is(screen.type("echo $?\r"), "echo $?\n130\n~ # ");
  screen.type("sleep 60\r");
  t.is(screen.type("\x1a"), "^Z[1]+  Stopped                    sleep 60\n~ # ");
  t.is(screen.type("fg\r"), "fg\nsleep 60\n");
  t.is(screen.wait(61), "~ # ");
  t.is(screen.type("abc\x03"), "abc^C\n~ # ");
  t.is(screen.type('trap "echo got" INT\r'), 'trap "echo got" INT\n~ # ');
  screen.type("sleep 3\r");
  t.is(screen.type("\x03"), "^Cgot\n~ # ");
});

test("keys move, delete, kill, yank, recall and complete", (t) => {
  const screen = new Console({ files: { "/root/folder/file one": "x\n" } });
  screen.take();
  const result = (keys: string): string | undefined => screen.type(`${keys}\r`).split("\n").at(-2);
  t.is(result("echo ac\x1b[Db"), "abc");
  t.is(result("cho x\x01e"), "x");
  t.is(result("echo abc\x1b[D\x1b[D\x7f"), "bc");
  t.is(result("echo one two\x17"), "one");
  t.is(result("echo tail\x01\x0becho \x19"), "echo tail");
  t.is(result("junk\x15echo clean"), "clean");
  t.is(result("\x1b[A"), "clean");
  t.is(result("\x1b[A\x1b[A\x1b[B2"), "clean2");
  t.is(result("\x12tai\x1b[C"), "echo tail");
  t.is(result("cat fo\tfi\t"), "x");
  t.is(result("ech\t\x7f two"), "two");
  t.is(result("echo \xc3\xa4x\x1b[D\x1b[D\x1b[3~"), "x");
});

test("the second Tab in a row lists what there is, hidden files too; users' folders are completed", (t) => {
  const screen = new Console({ files: { "/root/file1": "", "/root/file2": "", "/root/.hidden": "", "/root/sp ace": "" } });
  screen.take();
  t.is(screen.type("cat \t"), "cat \x07");
  t.is(screen.type("\t"), "\n.hidden  file1    file2    sp ace\n~ # \x1b[Jcat ");
  t.is(screen.type("fi\t"), "file");
  t.is(screen.type("\t"), "\nfile1  file2\n~ # \x1b[Jcat file");
  screen.type("\x15");
  t.regex(screen.type("echo ~ro\t"), /~root\/$/);
});

test("a line longer than the screen wraps and can be edited", (t) => {
  const screen = new Console();
  screen.take();
  const word = "x".repeat(100);
  t.is(screen.type(`echo ${word}\x01\x1b[C\x1b[C\x1b[C\x1b[C -n\x05\r`).split("\n").at(-1), `${word}~ # `);
});

test("Ctrl-D on an empty line ends the shell, its status is the run's, and the machine is powered off", (t) => {
  const screen = new Console();
  screen.take();
  screen.type("(exit 3)\r");
  screen.type("\x04");
  t.is(screen.status, "3\n");
  t.true(screen.kernel.poweredOff);
});

test("init runs a command text or a script and marks where its output begins", (t) => {
  const command = new Console({ files: { "/run/kelp/mode": "command\n", "/run/kelp/command": "echo hi; pwd; kill -9 $$\n" } });
  t.is(command.take(), "\x1b]133;C\x07hi\n/root\n\x1b]133;D\x07");
  t.is(command.status, "137\n");
  const files = {
    "/run/kelp/mode": "script\n",
    "/run/kelp/script": "/run/kelp/files/a.sh\n",
    "/run/kelp/files/a.sh": "echo $0 $FOO\nexit 4\n",
  };
  const script = new Console({ files, env: ["FOO=bar"] });
  t.is(script.take(), "\x1b]133;C\x07/run/kelp/files/a.sh bar\n\x1b]133;D\x07");
  t.is(script.status, "4\n");
  t.true(script.kernel.poweredOff);
});

test("init collects orphans", (t) => {
  const screen = new Console();
  screen.take();
  screen.type("(sleep 1 &)\r");
  screen.wait(2);
  t.deepEqual(
    [...screen.kernel.tasks.values()].map((task) => task.name),
    ["init", "sh"],
  );
});
