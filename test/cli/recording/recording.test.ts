// asciicast v2 is described at docs.asciinema.org/manual/asciicast/v2; SVG is read back as XML text.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { limitIdle } from "../../../src/cli/recording/asciicast.js";
import { screenFrames } from "../../../src/cli/recording/screen-frames.js";
import { svg } from "../../../src/cli/recording/svg.js";

const kelp = (args: readonly string[], input = ""): { status: number | null; out: string; err: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["dist/src/cli/main.js", ...args], { encoding: "utf8", input });
  return { status, out: stdout, err: stderr };
};

function inFolder(body: (path: (name: string) => string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "kelp-record-"));
  try {
    body((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Line = [time: number, kind: string, text: string];

function events(file: string): { header: Record<string, unknown>; lines: Line[]; text: string } {
  const [header, ...lines] = readFileSync(file, "utf8").trimEnd().split("\n");
  const parsed = lines.map((line): Line => JSON.parse(line));
  return { header: JSON.parse(header), lines: parsed, text: parsed.map(([, , text]) => text).join("") };
}

test.serial("a script is typed key by key in the guest's time, the same byte for byte each time", (t) => {
  inFolder((path) => {
    writeFileSync(path("s"), "#!/bin/kelp\necho é\n@sleep 2\nsleep 3\n");
    for (const name of ["a", "b"]) {
      t.deepEqual(kelp(["record", "--script", path("s"), path(`${name}.cast`), "--svg", path(`${name}.svg`)]), {
        status: 0,
        out: "",
        err: "",
      });
    }
    t.is(readFileSync(path("a.cast"), "utf8"), readFileSync(path("b.cast"), "utf8"));
    t.is(readFileSync(path("a.svg"), "utf8"), readFileSync(path("b.svg"), "utf8"));
    t.deepEqual(readdirSync(path(".")).sort(), ["a.cast", "a.svg", "b.cast", "b.svg", "s"]);
    const { header, lines, text } = events(path("a.cast"));
    t.deepEqual(header, { version: 2, width: 80, height: 24, env: { TERM: "xterm-256color" } });
    t.is(text, "~ # echo é\r\né\r\n~ # sleep 3\r\n~ # ");
    t.true(lines.every(([time], i) => i === 0 || time >= lines[i - 1][0]));
    const end = lines.at(-1)?.[0] ?? 0;
    t.true(end > 7 && end < 12, `${end}`);
  });
});

test.serial("a command is recorded on a terminal of its own, and its status is the recording's", (t) => {
  inFolder((path) => {
    const { status, out } = kelp(["record", path("a.cast"), "--columns", "40", "--", "run", "-c", "echo hi; exit 3"]);
    t.deepEqual([status, out], [3, "hi\r\n"]);
    const { header, text } = events(path("a.cast"));
    t.deepEqual([header.version, header.width, header.height, text], [2, 40, 24, "hi\r\n"]);
  });
});

test.serial("play gives a recording's output back and nothing else", (t) => {
  inFolder((path) => {
    const header = '{"version": 2, "width": 80, "height": 24}';
    writeFileSync(path("a.cast"), `${header}\n[0.1, "o", "a\\r\\n"]\n[0.2, "i", "key"]\n[900, "o", "é"]\n`);
    t.deepEqual(kelp(["play", "--idle-limit", "0.1", path("a.cast")]), { status: 0, out: "a\r\né", err: "" });
    const refused = (text: string, message: string): void => {
      writeFileSync(path("bad.cast"), text);
      t.deepEqual(kelp(["play", path("bad.cast")]), {
        status: 2,
        out: "",
        err: `kelp: ${path("bad.cast")}:${message}\nSee 'kelp play --help'.\n`,
      });
    };
    refused("", "1: not a recording (asciicast)");
    refused("\x7fELF", "1: not a recording (asciicast)");
    refused('{"version": 3, "term": {}}', "1: asciicast version 3; only 2 is read");
    refused('{"version": 2, "width": 1e9, "height": 24}', "1: width and height must be whole numbers from 1 to 1000");
    refused(`${header}\n[1, "o", "a"]\n[0, "o"]`, "3: not an event ([seconds, kind, text])");
    refused(`${header}\n[1, "o", "a"]\n[0, "o", "b"]`, "3: the time runs backwards");
    refused(`${header}\n[1e400, "o", "a"]`, "2: not an event ([seconds, kind, text])");
  });
});

test.serial("wrong use is refused before a recording is begun", (t) => {
  inFolder((path) => {
    const error = (...args: string[]): string => {
      const { status, err } = kelp(["record", ...args]);
      t.is(status, 2);
      return err.split("\n")[0];
    };
    const old = path("old.cast");
    writeFileSync(old, "old");
    t.is(error(), "kelp: record needs the name of the recording");
    t.is(error("/nowhere/a.cast"), "kelp: /nowhere: no such folder");
    t.is(error(path(".")), `kelp: ${path(".")}: is a folder`);
    t.is(error("--script", path("none"), old), `kelp: ${path("none")}: no such file`);
    t.is(error("--cpus", "2", old), "kelp: '--cpus' goes with --script; for a command write it behind '--'");
    t.is(error("--still", old), "kelp: --still needs --svg");
    writeFileSync(path("s"), "@sleep soon\n");
    t.is(error("--script", path("s"), old), "kelp: '@sleep soon' is no step");
    t.is(readFileSync(old, "utf8"), "old");
  });
});

test.serial(
  "a script records the screen with its panes too, the same byte for byte each time, and leaves a player's terminal as it was",
  (t) => {
    inFolder((path) => {
      writeFileSync(path("s"), "insmod livepatch-sample.ko\n@press F2\n@press F8\n@type version_proc_sh\n@press Enter\n@sleep 1\n");
      for (const name of ["a", "b"]) {
        const options = ["--screen", "--columns", "90", "--svg", path(`${name}.svg`)];
        t.deepEqual(kelp(["record", "--script", path("s"), path(`${name}.cast`), ...options]), { status: 0, out: "", err: "" });
      }
      t.is(readFileSync(path("a.cast"), "utf8"), readFileSync(path("b.cast"), "utf8"));
      const { text } = events(path("a.cast"));
      t.true(text.endsWith("\x1b[?1049l\x1b[0m\x1b[?25h\x1b[?2004l"));
      t.true(text.includes("Which function?"));
      const picture = readFileSync(path("a.svg"), "utf8");
      for (const shown of ["insmod livepatch-sample.ko", "Function version_proc_show"]) t.true(picture.includes(shown), shown);
      writeFileSync(path("s"), "@press Any\n");
      t.is(
        kelp(["record", "--screen", "--script", path("s"), path("a.cast")]).err,
        "kelp: '@press Any' is no step\nA step is a command line, '@sleep SECONDS', '@press KEY' (F1 … F11, Enter, Shift-Up, Ctrl-A b …), '@type TEXT'.\n",
      );
    });
  },
);

test("pauses are cut down to the limit and nothing else", (t) => {
  const at = (time: number): { time: number; kind: string; text: string } => ({ time, kind: "o", text: "" });
  t.deepEqual(
    limitIdle([at(1), at(11), at(11.5), at(100)], 2).map(({ time }) => time),
    [1, 3, 3.5, 5.5],
  );
});

test("a screen is drawn with its colours, and every part that is used is defined", async (t) => {
  const output = (time: number, text: string): { time: number; kind: string; text: string } => ({ time, kind: "o", text });
  const cast = {
    header: { width: 20, height: 5, term: "xterm" },
    events: [
      output(0, "a<b&c\r\n"),
      output(1, "\x1b[1;31mred\x1b[0m \x1b[7minverse\x1b[0m\x1b[38;5;196mx"),
      output(2, "\x1b[?25l\x1b[2Jend"),
    ],
  };
  const frames = await screenFrames(cast);
  t.deepEqual(
    frames.map(({ time, cursor }) => ({ time, cursor })),
    [
      { time: 0, cursor: { column: 0, row: 1 } },
      { time: 1, cursor: { column: 12, row: 1 } },
      { time: 2, cursor: undefined },
    ],
  );
  t.deepEqual(
    frames[1].rows[1].map(({ column, text, foreground, background, bold }) => ({ column, text, foreground, background, bold })),
    [
      { column: 0, text: "red", foreground: "#e06c75", background: undefined, bold: true },
      { column: 4, text: "inverse", foreground: "var(--bg)", background: "var(--fg)", bold: false },
      { column: 11, text: "x", foreground: "#ff0000", background: undefined, bold: false },
    ],
  );
  const moving = svg(cast.header, frames, false);
  t.true(moving.includes("a&lt;b&amp;c"));
  const named = new Set([...moving.matchAll(/ id="(\w+)"/g)].map(([, name]) => name));
  const used = [...moving.matchAll(/href="#(\w+)"/g)].map(([, name]) => name);
  t.deepEqual(
    used.filter((name) => !named.has(name)),
    [],
  );
  const still = svg(cast.header, frames, true);
  t.false(still.includes("@keyframes"));
  t.true(still.includes(">end<") && !still.includes(">red<"));
});
