// One process at a time: a file that says who. What a killed process left behind does not count.

import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";

const POLL_MS = 100;
/** A holder whose process number has been given to another program meanwhile. */
const OLD_MS = 30 * 60_000;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * Takes the lock, after a wait if need be. Returns what gives it back, or undefined where files cannot be made.
 * @param {string} path
 * @param {(holder: number) => void} onWait told once
 */
export function lock(path, onWait) {
  for (let told = false; ; ) {
    try {
      writeFileSync(path, `${process.pid}\n`, { flag: "wx" });
      return held(path);
    } catch (error) {
      if (["EROFS", "EACCES", "EPERM"].includes(error.code)) return undefined;
      if (error.code !== "EEXIST") throw error;
    }
    const text = content(path);
    if (text === undefined) continue;
    const holder = Number(text);
    if (isLeftBehind(path, holder)) {
      // Another one may have seen it too, and have the lock by now.
      if (content(path) === text) rmSync(path, { force: true });
      continue;
    }
    if (!told && holder > 0) {
      onWait(holder);
      told = true;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
  }
}

function held(path) {
  const release = () => rmSync(path, { force: true });
  process.on("exit", release);
  const onSignal = Object.entries(SIGNALS).map(([signal, status]) => [signal, () => process.exit(status)]);
  for (const [signal, listener] of onSignal) process.on(signal, listener);
  return () => {
    release();
    process.off("exit", release);
    for (const [signal, listener] of onSignal) process.off(signal, listener);
  };
}

function content(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** @param {number} holder 0: its number is being written just now. */
function isLeftBehind(path, holder) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || Date.now() - stat.mtimeMs > OLD_MS) return true;
  if (holder === 0) return false;
  try {
    process.kill(holder, 0);
    return false;
  } catch (error) {
    // EPERM: it lives, and is somebody else's.
    return error.code !== "EPERM";
  }
}
