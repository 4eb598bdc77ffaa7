// vi: the screen editor, with busybox's commands and words.
import type { AppletTable, Io } from "../applets/applet.js";
import { type Key, Screen } from "../full-screen/screen.js";
import { access, W_OK } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { change } from "./commands.js";
import { Display } from "./display.js";
import { colon, edit } from "./ex.js";
import { motion, typedLine } from "./motions.js";
import { ViState } from "./state.js";
import { firstNonBlank, lineStart, startOfLine } from "./text.js";

const ENOENT = -2;

/** Scrolls the window; the cursor comes along only where it would leave it. */
function scroll(vi: ViState, display: Display, lines: number): void {
  const last = vi.lineCount;
  display.top = Math.max(1, Math.min(display.top + lines, last));
  const line = vi.lineNumber;
  const wanted = Math.max(display.top, Math.min(line, display.top + vi.screen.rows - 2, last));
  if (wanted !== line) vi.dot = firstNonBlank(vi.text, startOfLine(vi.text, wanted) ?? 0);
}

/** Commands that neither move nor change: true if the key was one. */
function* control(vi: ViState, display: Display, key: Key, count: number | undefined): Sys<boolean> {
  const page = vi.screen.rows - 1;
  switch (key) {
    case ":": {
      const typed = yield* typedLine(vi, ":");
      if (typed !== undefined) yield* colon(vi, display, typed);
      return true;
    }
    case "Z": {
      const next = yield* vi.key();
      if (next === "Z") yield* colon(vi, display, "x");
      else if (next === "Q") vi.done = true;
      return true;
    }
    case "u":
      vi.undo();
      return true;
    case "U":
      vi.undoLine();
      return true;
    case "m":
      vi.marks.set(yield* vi.key(), vi.dot);
      return true;
    case "\x07":
      vi.message = `'${vi.file ?? ""}' line ${vi.lineNumber} of ${vi.lineCount}`;
      return true;
    case "\f":
    case "\x12":
    case "<resize>":
      display.forget();
      return true;
    case "\x06":
    case "<pagedown>":
      scroll(vi, display, (page - 1) * (count ?? 1));
      return true;
    case "\x02":
    case "<pageup>":
      scroll(vi, display, -(page - 1) * (count ?? 1));
      return true;
    case "\x04":
      scroll(vi, display, page >> 1);
      return true;
    case "\x15":
      scroll(vi, display, -(page >> 1));
      return true;
    case "\x05":
      scroll(vi, display, count ?? 1);
      return true;
    case "\x19":
      scroll(vi, display, -(count ?? 1));
      return true;
    case "z": {
      const where = yield* vi.key();
      const line = vi.lineNumber;
      display.top = Math.max(1, where === "." ? line - (page >> 1) : where === "-" ? line - page + 1 : line);
      return true;
    }
    case "end":
      vi.done = true;
      return true;
    case "\x1b":
      return true;
  }
  return false;
}

/** One command with its count and register. */
function* command(vi: ViState, display: Display): Sys<void> {
  vi.startRecording();
  let key = yield* vi.key();
  vi.register = undefined;
  let digits = "";
  for (;;) {
    if (/^[1-9]$/.test(key) || (digits !== "" && key === "0")) digits = (digits + key).slice(-6);
    else if (key === '"') vi.register = yield* vi.key();
    else break;
    key = yield* vi.key();
  }
  const count = digits === "" ? undefined : Number(digits);
  if (key === ".") return vi.replay(vi.lastChange);
  vi.watchLine();
  const before = { text: vi.text, dot: vi.dot };
  const undoes = key === "u";
  if (!(yield* control(vi, display, key, count))) {
    const moved = yield* motion(vi, key, count, display);
    if (moved === "none") {
      if (yield* change(vi, display, key, count)) vi.keepRecording();
    } else if (moved === undefined) vi.bell();
    else {
      if (Math.abs(moved.to - vi.dot) > 1 && /[G'`/?nN%]/.test(key)) vi.marks.set("'", vi.dot);
      vi.dot = moved.to;
    }
  }
  vi.settle();
  vi.commit();
  if (!undoes) vi.remember(before);
}

function* vi(io: Io): Sys<number> {
  const options = yield* io.options("c:RH");
  if (options.has("H")) {
    yield* io.put(
      "h j k l w b e W B E 0 ^ $ G gg H M L f F t T ; , % { } / ? n N ' m\ni a I A o O d c y D C Y x X s S r R J ~ p P u U . < >\n",
    );
    return 0;
  }
  const screen = new Screen(io.process, 0);
  if (!(yield* screen.open())) return yield* io.die("standard input is no terminal");
  const files = options.operands.length > 0 ? options.operands : [undefined];
  yield* screen.put("\x1b[?1049h");
  try {
    for (const file of files) {
      const state = new ViState(io.process, screen);
      const display = new Display(state);
      if (file !== undefined) {
        yield* edit(state, file);
        const writable = yield* access(file, W_OK);
        state.readOnly = options.has("R") || (writable < 0 && writable !== ENOENT);
      }
      for (const text of options.values("c")) yield* colon(state, display, text);
      while (!state.done) {
        if (!state.replaying) yield* display.draw();
        yield* command(state, display);
      }
      state.dot = lineStart(state.text, state.dot);
      yield* screen.put(`\x1b[${screen.rows};1H\x1b[K${state.message}`);
    }
  } finally {
    yield* screen.put("\x1b[?1049l");
    yield* screen.close();
  }
  return 0;
}

export const VI: AppletTable = {
  vi: {
    usage:
      "[-c CMD] [-R] [-H] [FILE]...\n\nEdit FILEs\n\n\t-c CMD\tA colon command to begin with\n\t-R\tRead only\n\t-H\tList the commands",
    run: vi,
  },
};
