// Records a script typed at the guest's console, with the guest's own clock for the times: two recordings of one script are the same
// byte for byte. Lines are typed key by key; `@sleep N` waits; a line that begins with # is typed as a remark.

import { MARKS_VARIABLE } from "../../abi/run-protocol.js";
import { TICKS_PER_SECOND } from "../../vm/machine.js";
import { STATUS_FAILED } from "../exit-status.js";
import { hostLine } from "../host-lines.js";
import { type Arguments, UsageError } from "../options.js";
import { PromptMarks } from "../prompt-marks.js";
import { bootSetup, endStatus, powerOn } from "../session.js";
import { type End, Typist } from "../typist.js";
import type { CastWriter } from "./asciicast.js";
import type { RecordedScreen } from "./recorded-screen.js";

/** Guest seconds: between two keys, before Enter, and before a line is begun (reading what the last one printed). */
const KEY = 0.045;
const BEFORE_ENTER = 0.3;
const BEFORE_LINE = 0.8;
/** What is shown last stands so long. */
const AT_END = 2;
/** A command that takes longer than this (guest seconds) hangs. */
const COMMAND_LIMIT = 120;

const SLEEP = /^@sleep\s+(\d+(?:\.\d+)?)\s*$/;
/** Keys that belong to kelp's screen. */
const PRESS = /^@press\s+(F\d+|Enter|Shift-(?:Up|Down|Left|Right)|Ctrl-A \S)\s*$/;
const TYPE = /^@type\s+(.*)$/;
/** A question to the terminal (where is the cursor?) would make a player's terminal type the answer. */
const QUESTION = /\x1b\[6n/g;

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export const SCRIPT_TERMINAL = "xterm-256color";

export function scriptLines(text: string, withScreen: boolean): string[] {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#!"));
  const malformed = lines.find(
    (line) => line.startsWith("@") && !SLEEP.test(line) && !(withScreen && (PRESS.test(line) || TYPE.test(line))),
  );
  if (malformed !== undefined) {
    const keys = withScreen ? ", '@press KEY' (F1 … F11, Enter, Shift-Up, Ctrl-A b …), '@type TEXT'" : "";
    throw new UsageError(`'${malformed}' is no step`, `A step is a command line, '@sleep SECONDS'${keys}.`);
  }
  return lines;
}

export async function recordScript(
  args: Arguments,
  lines: readonly string[],
  { columns, rows }: ScreenSize,
  cast: CastWriter,
): Promise<number> {
  let started: number | undefined;
  let now = (): number => 0;
  const seconds = (): number => (now() - (started ?? now())) / TICKS_PER_SECOND;
  const screen = args.flags.has("screen")
    ? new (await import("./recorded-screen.js")).RecordedScreen({ columns, rows }, args.numbers.get("seed") ?? 0, (bytes) => {
        if (started !== undefined) cast.output(seconds(), bytes);
      })
    : undefined;
  const marks = new PromptMarks((text) => {
    const bytes = Buffer.from(text.replace(QUESTION, ""), "latin1");
    // The boot log is not part of it: the recording begins with the first prompt.
    if (screen) screen.print(bytes);
    else if (started !== undefined) cast.output(seconds(), bytes);
  });
  const environment = [`${MARKS_VARIABLE}=1`, `TERM=${SCRIPT_TERMINAL}`];
  const setup = bootSetup(args, { mode: "console", environment });
  const session = powerOn(setup, {
    onConsole: (bytes) => {
      if (started === undefined && Buffer.from(bytes).includes("\x1b]133;A")) {
        started = now();
        screen?.begin();
      }
      marks.write(bytes);
    },
  });
  const { machine } = session;
  now = () => machine.now;
  if (screen) screen.attach(session);
  else machine.resize({ rows, columns });
  const typist = new Typist(machine, marks, { commandLimit: COMMAND_LIMIT }, screen);

  try {
    let ended = await typist.waitForPrompt();
    for (const [i, line] of lines.entries()) {
      if (!ended) ended = await step(typist, line, screen);
      if (!ended) continue;
      // A script may end with the guest: `poweroff`, `exit`.
      if (ended.kind === "exit" && i === lines.length - 1) break;
      return complain(ended, line);
    }
    if (!ended) await typist.sleep(AT_END);
    cast.event(seconds(), "o", "");
    return 0;
  } finally {
    screen?.close();
  }

  function complain(end: End, line: string): number {
    if (end.kind === "hangs" || end.kind === "timeout") {
      hostLine(`no prompt came after '${line}'`);
      return STATUS_FAILED;
    }
    return endStatus(session, end) || STATUS_FAILED;
  }
}

async function step(typist: Typist, line: string, screen: RecordedScreen | undefined): Promise<End | undefined> {
  const press = PRESS.exec(line);
  const text = TYPE.exec(line);
  if (!screen || !(press || text)) return typeLine(typist, line);
  let ended = await typist.sleep(BEFORE_LINE);
  if (press) await screen.press(press[1]);
  for (const key of text?.[1] ?? "") ended ??= await typist.press(key, KEY);
  return ended;
}

async function typeLine(typist: Typist, line: string): Promise<End | undefined> {
  const sleep = SLEEP.exec(line);
  if (sleep) return typist.sleep(Number(sleep[1]));
  let ended = await typist.sleep(BEFORE_LINE);
  for (const key of line) ended ??= await typist.press(key, KEY);
  ended ??= await typist.sleep(BEFORE_ENTER);
  return ended ?? typist.type("");
}
