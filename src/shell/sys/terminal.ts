// The terminal's ioctls: termios, window size, foreground process group. Used by sh's line editor, job control and init.
import { SYS } from "../../abi/syscalls.js";
import { call, callOut } from "./calls.js";
import type { Sys } from "./request.js";

const TCGETS = 0x5401;
const TCSETS = 0x5402;
const TCSETSW = 0x5403;
const TIOCSCTTY = 0x540e;
const TIOCGPGRP = 0x540f;
const TIOCSPGRP = 0x5410;
const TIOCGWINSZ = 0x5413;
const TIOCSWINSZ = 0x5414;

/** struct termios of the kernel: four u32 flags, line discipline, 19 control characters. */
const TERMIOS_SIZE = 36;
const IFLAG = 0;
const LFLAG = 12;
const CC = 17;
const ICRNL = 0o400;
const IXON = 0o2000;
const ISIG = 0o1;
const ICANON = 0o2;
const ECHO = 0o10;
const VTIME = 5;
const VMIN = 6;

export type Termios = Uint8Array;

export function* tcgetattr(fd: number): Sys<Termios | number> {
  return yield* callOut(SYS.ioctl, fd, TCGETS, { out: TERMIOS_SIZE });
}

export function* tcsetattr(fd: number, termios: Termios, drain = false): Sys<number> {
  return yield* call(SYS.ioctl, fd, drain ? TCSETSW : TCSETS, termios);
}

export function* isatty(fd: number): Sys<boolean> {
  return typeof (yield* tcgetattr(fd)) !== "number";
}

/** What busybox's line editor sets: no canonical mode, no echo, no signals from keys, one byte is enough; output stays cooked. */
export function rawInput(termios: Termios): Termios {
  const raw = Buffer.from(termios);
  raw.writeUInt32LE((raw.readUInt32LE(IFLAG) & ~(ICRNL | IXON)) >>> 0, IFLAG);
  raw.writeUInt32LE((raw.readUInt32LE(LFLAG) & ~(ICANON | ECHO | ISIG)) >>> 0, LFLAG);
  raw[CC + VMIN] = 1;
  raw[CC + VTIME] = 0;
  return raw;
}

/** `read -s`: no echo. */
export function withoutEcho(termios: Termios): Termios {
  const quiet = Buffer.from(termios);
  quiet.writeUInt32LE((quiet.readUInt32LE(LFLAG) & ~ECHO) >>> 0, LFLAG);
  return quiet;
}

export interface WindowSize {
  rows: number;
  columns: number;
}

/** The terminal's size; undefined where fd is no terminal. A size of 0 is left as it is. */
export function* windowSize(fd: number): Sys<WindowSize | undefined> {
  const bytes = yield* callOut(SYS.ioctl, fd, TIOCGWINSZ, { out: 8 });
  if (typeof bytes === "number") return undefined;
  const view = Buffer.from(bytes);
  return { rows: view.readUInt16LE(0), columns: view.readUInt16LE(2) };
}

export function* setWindowSize(fd: number, { rows, columns }: WindowSize): Sys<number> {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(rows, 0);
  bytes.writeUInt16LE(columns, 2);
  return yield* call(SYS.ioctl, fd, TIOCSWINSZ, bytes);
}

export function* tcgetpgrp(fd: number): Sys<number> {
  const bytes = yield* callOut(SYS.ioctl, fd, TIOCGPGRP, { out: 4 });
  return typeof bytes === "number" ? bytes : Buffer.from(bytes).readInt32LE(0);
}

export function* tcsetpgrp(fd: number, group: number): Sys<number> {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(group);
  return yield* call(SYS.ioctl, fd, TIOCSPGRP, bytes);
}

export function* setControllingTerminal(fd: number): Sys<number> {
  return yield* call(SYS.ioctl, fd, TIOCSCTTY, 0);
}
