// The line discipline: the same keys typed at `cat` on a pseudo-terminal of the host's Linux and on the guest's ttyS0.
import { spawnSync } from "node:child_process";
import test from "ava";
import { parseArguments } from "../../../src/cli/options.js";
import { startSession } from "../../../src/cli/session.js";

/** Runs cat on a pty with the guest console's settings; types each group of keys when what came before has been answered. */
const pty = `
import json, os, pty, select, sys, termios, time
def take(fd, seconds):
    out = b""
    while select.select([fd], [], [], seconds)[0]:
        try: piece = os.read(fd, 4096)
        except OSError: break
        if not piece: break
        out += piece
    return out
pid, fd = pty.fork()
if pid == 0:
    t = termios.tcgetattr(0)
    t[3] |= termios.ECHOE | termios.ECHOK | termios.ECHOCTL | termios.ECHOKE | termios.IEXTEN
    t[0] = termios.ICRNL | termios.IXON
    termios.tcsetattr(0, termios.TCSANOW, t)
    os.write(1, b"R")
    os.execvp("cat", ["cat"])
take(fd, 1)
results = []
for keys in json.loads(sys.argv[1]):
    os.write(fd, keys.encode("latin1"))
    results.append(take(fd, 0.15).decode("latin1"))
print(json.dumps(results))
`;

const keys = [
  "plain\r",
  "abc\x7fd\r",
  "two words\x17one\r",
  "gone\x15here\r",
  "tab\tx\x7f\x7fy\r",
  "\x01\x02\x7f\r",
  "lit\x16\x03eral\r",
  "\x16\r",
  "newline\n",
  "part\x04",
  "rest\r",
  "reprint\x12ed\r",
  "\x7f\x15\x17empty\r",
  "stop",
  "\x13",
  "ped\r",
  "\x11",
  "caf\xc3\xa9\x7f\r",
  "\x04",
];

function onHost(): string[] | undefined {
  const { stdout, status, error } = spawnSync("python3", ["-c", pty, JSON.stringify(keys)], { encoding: "utf8" });
  return error === undefined && status === 0 ? (JSON.parse(stdout) as string[]) : undefined;
}

/** The guest's shell runs cat; each group of keys is typed once the machine is idle. */
function inGuest(): string[] {
  let shown = "";
  const { machine } = startSession(
    parseArguments([]),
    { mode: "console", environment: [] },
    {
      onConsole: (bytes) => {
        shown += Buffer.from(bytes).toString("latin1");
      },
    },
  );
  const settle = (): string => {
    // Idle with only a far timer (or none) left: everything typed has been answered.
    for (let rounds = 0; rounds < 10_000; rounds++) {
      const result = machine.run({ stopWhenIdle: true, instructions: 5_000_000 });
      if (result.kind === "slice") continue;
      if (result.kind !== "idle" || result.nextEvent === undefined || result.nextEvent - machine.now > 50_000_000) break;
      machine.skipTo(result.nextEvent);
    }
    const text = shown;
    shown = "";
    return text;
  };
  settle();
  machine.input(Buffer.from("cat\r"));
  settle();
  return keys.map((group) => {
    machine.input(Buffer.from(group, "latin1"));
    return settle();
  });
}

test("keys typed at cat are echoed, edited and handed over as on Linux's terminals", (t) => {
  const expected = process.platform === "linux" ? onHost() : undefined;
  if (expected === undefined) {
    t.log("skipped: python3 or a Linux host is missing");
    t.pass();
    return;
  }
  const actual = inGuest();
  // The last key ends cat; what the shell prints then is not the terminal's.
  t.deepEqual(actual.slice(0, -1), expected.slice(0, -1));
  t.true(actual.at(-1)?.endsWith("# ") || actual.at(-1)?.endsWith("\x1b[6n"));
});
