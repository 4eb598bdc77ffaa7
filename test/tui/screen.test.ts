// The screen through a real pseudo-terminal.
import test, { type ExecutionContext } from "ava";
import { ScreenSession, sameFrame } from "./session.js";

const PATCH = "insmod livepatch-sample.ko; cat /proc/cmdline\r";
const PATCHED = "this has been live patched";

async function booted(t: ExecutionContext, columns: number, rows: number, ...args: string[]): Promise<ScreenSession> {
  const session = new ScreenSession(columns, rows, args);
  t.teardown(() => session.close());
  await session.sees(/^~ #/m);
  return session;
}

test.serial("80x24: help, then each pane by its key after a patch was loaded", async (t) => {
  const session = await booted(t, 80, 24);
  session.type(PATCH);
  await session.sees(PATCHED);
  session.type("\x1bOP");
  await session.sees("Help: any key closes it");
  await session.settles();
  sameFrame(t, "80x24-help", session.lines());
  session.type("q");
  for (const [key, name, text] of [
    ["\x1bOR", "livepatch", "livepatch_sample enabled"],
    ["\x1b[15~", "hooks", "klp_ftrace_handler"],
    ["\x1b[17~", "modules", "(OEK)"],
  ] as const) {
    session.type(key);
    await session.sees(text);
    await session.settles();
    sameFrame(t, `80x24-${name}`, session.lines());
  }
  await session.end();
});

test.serial("120x40: all panes at once; the function's changed entry, its trampoline and where it goes", async (t) => {
  const session = await booted(t, 120, 40);
  session.type(PATCH);
  await session.sees(PATCHED);
  session.type("\x1bOQ");
  await session.sees("goes to livepatch_cmdline_proc_show");
  await session.settles();
  const lines = session.lines();
  // The code below the entry, the stack and the log are the compiler's and the kernel's affair.
  sameFrame(t, "120x40", [...lines.slice(0, 24), ...lines.slice(24, 28).map((text) => text.slice(0, 44)), ...lines.slice(39)]);
  t.regex(lines[28], /^ {2}\+0 {3}e8 (?:[0-9a-f]{2} ){4} call ftrace_tramp/);
  t.regex(lines[23], /F2 Function cmdline_proc_show +F4 Stack sh\[\d+\] +F7 Log/);
  await session.end();
});

test.serial("a stopped machine is stepped instruction by instruction, and runs to a function's entry", async (t) => {
  const session = await booted(t, 120, 40);
  session.type("\x01b");
  await session.sees("runs to cmdline_proc_show");
  await session.sees(/^ STEPPING /m);
  session.type("cat /proc/cmdline\r");
  await session.sees("CPU 0 is at cmdline_proc_show");
  await session.sees(/^0>\+0 +0f 1f 44 00 00 +nop/m);
  await session.sees(/at +cmdline_proc_show/);
  session.type("\x1b[21~");
  await session.sees(/^0>\+5 +55 +push %rbp/m);
  session.type("\x01s");
  // What the push has changed: the stack pointer alone.
  await session.sees(/^0> rsp [0-9a-f]{16} *(?: .*)?\n(?:.*\n)*0>\+6 /m);
  session.type("\x1b[20~");
  await session.sees("console=ttyS0");
  t.false(session.lines()[39].includes("STOPPED"));
  await session.end();
});

test.serial("a call is stepped over as a whole, and a function left at its return", async (t) => {
  const session = await booted(t, 120, 40);
  session.type("\x01b");
  session.type("cat /proc/cmdline\r");
  await session.sees(/^0>\+0 /m);
  for (let i = 0; i < 20 && !/^0>\+[0-9a-f]+ +e8 (?:[0-9a-f]{2} ){4} call seq_puts/m.test(session.lines().join("\n")); i++) {
    session.type("\x1b[21~");
    await session.settles();
  }
  const before = /^0>\+([0-9a-f]+) /m.exec(session.lines().join("\n"));
  session.type("\x1b[23~");
  const behind = (Number.parseInt(before?.[1] ?? "", 16) + 5).toString(16);
  await session.sees(new RegExp(`^0>\\+${behind} `, "m"));
  t.true(session.lines()[24].includes("54 bytes") || session.lines().join("\n").includes("Function cmdline_proc_show"));
  session.type("\x01f");
  await session.sees("Function seq_read_iter");
  await session.end();
});

test.serial("a transition that a sleeper holds up: who it is, where, and the function's two versions", async (t) => {
  for (const [columns, rows] of [
    [80, 24],
    [120, 40],
  ]) {
    const session = await booted(t, columns, rows);
    session.type("insmod sleeper.ko secs=1000; cat /proc/sleeper &\r");
    session.type("sleep 1; insmod lp-sleeper.ko; sleep 2; rmmod none\r");
    await session.sees("rmmod: can't unload module 'none'");
    session.type("\x1bOR");
    await session.sees("cat[");
    await session.settlesFor(300);
    const livepatch = session.lines();
    session.type("\x1bOS");
    await session.sees("(old");
    const stack = session.lines();
    const name = `${columns}x${rows}-transition`;
    // What the panes show of the code's places is the compiler's affair.
    sameFrame(
      t,
      name,
      columns === 80 ? [...livepatch.slice(12, 23), ...stack.slice(13, 15)] : livepatch.slice(0, 23).map((text) => text.slice(81)),
    );
    t.regex(stack.join("\n"), /sleeper_wait\+0x[0-9a-f]+(?:\/0x[0-9a-f]+)? \[sleeper\] \(old/);
    await session.end();
  }
});

test.serial("the chooser completes a function's name, and the pane shows its code", async (t) => {
  const session = await booted(t, 80, 24);
  session.type("\x1bOQ\x1b[19~");
  await session.sees("Which function?");
  session.type("seq_put_dec\t");
  await session.sees("> seq_put_decimal_ull");
  session.type("\r");
  await session.sees("Function seq_put_decimal_ull");
  t.pass();
  await session.end();
});

test.serial("the chooser takes keys that come in one piece, stays open where nothing fits, and takes clicks", async (t) => {
  const session = await booted(t, 80, 24);
  session.type("\x1bOQ\x1b[19~");
  await session.sees("Which function?");
  session.type("seq_put");
  await session.sees(/^ seq_put_decimal_ull *\n seq_putc *\n seq_puts *$/m);
  session.type("\x1b[B\x1b[B\r");
  await session.sees("Function seq_puts");
  session.type("\x1b[19~");
  await session.sees("Which function?");
  session.type("no_such_name\r");
  await session.sees(/Which function\? +0 of \d+ *\n > no_such_name *\n nothing has this name/);
  session.type("\x17seq_put");
  await session.sees(/Which function\? +3 of \d+/);
  const row = session.lines().findIndex((text) => text.trim() === "seq_putc") + 1;
  session.type(`\x1b[<0;10;${row}M`);
  await session.sees("Function seq_putc");
  t.pass();
  await session.end();
});

test.serial("a small terminal shows that the machine is stopped and how it goes on; its help is scrolled", async (t) => {
  const session = await booted(t, 40, 10);
  session.type("\x1b[20~");
  await session.sees(/ STOPPED .* F9 go on/);
  session.type("echo typed\r");
  await session.sees("what is typed waits (F9");
  session.type("\x1b[20~");
  await session.sees(/^typed/m);
  t.false(session.lines().join("\n").includes("STOPPED"));
  t.regex(session.lines().join("\n"), /^ F2 {2}F3 {2}F4 {2}F5 {2}F6 {2}F7 Log *$/m);
  session.type("\x1bOP");
  await session.sees("kelp: a machine");
  session.type("\x1b[6~\x1b[6~\x1b[6~\x1b[6~\x1b[6~");
  await session.sees("bytes have changed");
  session.type("q");
  await session.sees(/^ F2 {2}F3 {2}F4/m);
  await session.end();
});

test.serial("the Stack pane says that the chosen task has ended, and shows the newest process", async (t) => {
  const session = await booted(t, 80, 24);
  session.type("sleep 1000 &\r");
  await session.settles();
  session.type("\x1bOS\x1b[19~");
  await session.sees("Stack of which task?");
  session.type("sleep[\r");
  await session.sees(/F4 Stack sleep\[\d+\]/);
  session.type("kill $!; wait\r");
  await session.sees(/^sleep\[\d+\] is no more; the newest/m);
  await session.sees(/F4 Stack sh\[\d+\]/);
  t.pass();
  await session.end();
});

test.serial("the wheel moves the cursor of a full-screen program", async (t) => {
  const session = await booted(t, 80, 24);
  session.type("cd /tmp; seq 1 9 > a; vi a\r");
  await session.sees("a 1/9");
  session.type("\x1b[<65;5;5M");
  await session.sees("a 4/9");
  session.type("\x1b[<64;5;5M");
  await session.sees("a 1/9");
  t.pass();
  await session.end();
});

test.serial("a click chooses a pane's tab, the wheel scrolls the terminal back", async (t) => {
  const session = await booted(t, 80, 24);
  session.type("\x1b[<0;30;13M");
  await session.sees(/F4 Stack sh\[\d+\]/);
  session.type("i=0; while [ $i -lt 40 ]; do echo row $i; i=$((i+1)); done\r");
  // The prompt behind it is a line more.
  await session.sees(/^row 39 *\n~ #/m);
  session.type("\x1b[<64;5;5M");
  await session.sees("3 lines back");
  await session.sees(/^row 26 *$/m);
  t.pass();
  await session.end();
});

test.serial("a resized terminal is laid out anew, also very small, and back", async (t) => {
  const session = await booted(t, 80, 24);
  session.resize(120, 40);
  await session.sees(/F3 Livepatch[\s\S]*F5 Hooks[\s\S]*F6 Modules[\s\S]*F2 Function[^\n]*F4 Stack[^\n]*F7 Log/);
  session.resize(20, 5);
  await session.settles();
  session.resize(80, 24);
  await session.sees(/F2 Function {2}F3 Livepatch {2}F4 Stack/);
  session.type("echo still here\r");
  await session.sees(/^still here/m);
  t.pass();
  await session.end();
});

test.serial("the guest's terminal is as large as its pane: narrower than the screen, and as wide when the panes are closed", async (t) => {
  const session = await booted(t, 120, 40);
  session.type("cd /tmp; for i in 1 2 3; do : > $(printf '%028d' $i); done; trap 'echo changed' WINCH; clear; ls -C\r");
  // Three names and their gaps take 88 columns: the pane has 80.
  await session.sees(/^0{27}1 +0{27}3\b.*\n0{27}2/m);
  session.type("\x1b[18~\x1b[18~");
  await session.settles();
  session.type("\rls -C\r");
  await session.sees(/^changed/m);
  await session.sees(/^0{27}1 +0{27}2 +0{27}3/m);
  session.resize(70, 20);
  await session.settles();
  session.type("clear; ls -C\r");
  await session.sees(/^0{27}1 +0{27}3\b.*\n0{27}2/m);
  t.pass();
  await session.end();
});

test.serial("--plain and TERM=dumb give the bare console", async (t) => {
  const session = await booted(t, 80, 24, "--plain");
  t.false(session.raw.includes("\x1b[?1049h"));
  await session.end();
});
