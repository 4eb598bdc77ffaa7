// Files that kelp makes for its user: a whole new one takes the old one's place, or nothing changes. What is no plain file (a terminal,
// /dev/null, a pipe) is written to as it is, never replaced; a link stays a link.

import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { HostError, hostReason } from "./project-files.js";

export class WholeFile {
  private readonly file: number;
  private readonly target: string;
  /** Beside the target until it is whole. */
  private readonly temporary: string | undefined;
  private open = true;

  constructor(path: string, mode = 0o666) {
    const old = statSync(path, { throwIfNoEntry: false });
    // /dev/stdout may be a plain file, but is the one that others have open.
    const plain = old === undefined || (old.isFile() && !/^\/(?:dev|proc)\//.test(path));
    this.target = old && plain ? realpathSync(path) : path;
    this.temporary = plain ? join(dirname(this.target), `.${basename(this.target)}.${process.pid}`) : undefined;
    try {
      this.file = openSync(this.temporary ?? this.target, "w", old?.isFile() ? old.mode & 0o777 : mode);
    } catch (error) {
      const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
      throw new HostError(missing ? `${dirname(path)}: no such folder` : (hostReason(error, path) ?? String(error)));
    }
    process.on("exit", this.discard);
  }

  write(data: Uint8Array | string): void {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.file, bytes, done);
    } catch (error) {
      throw new HostError(hostReason(error, this.target) ?? String(error));
    }
  }

  /** Now it counts. */
  commit(): void {
    if (!this.open) return;
    this.open = false;
    process.off("exit", this.discard);
    // A full disc may be told only here.
    if (this.temporary !== undefined) fsyncSync(this.file);
    closeSync(this.file);
    if (this.temporary !== undefined) renameSync(this.temporary, this.target);
  }

  private readonly discard = (): void => {
    if (this.temporary !== undefined) rmSync(this.temporary, { force: true });
  };
}

export function writeWholeFile(path: string, data: Uint8Array | string, mode?: number): void {
  const file = new WholeFile(path, mode);
  file.write(data);
  file.commit();
}
