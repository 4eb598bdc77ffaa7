// `--share DIR[:GUESTDIR]`: a folder of the host's in the guest's root volume, and what changes in it while an interactive guest runs.
// One way: what the guest writes there stays the guest's.

import { existsSync, type FSWatcher, lstatSync, readdirSync, readFileSync, readlinkSync, watch } from "node:fs";
import { join, posix, resolve } from "node:path";
import type { Volume } from "memfs";
import { addLink } from "./guest-volume.js";
import { hostLine } from "./host-lines.js";
import { UsageError } from "./options.js";
import { HostError, hostReason } from "./project-files.js";

export interface Share {
  /** On the host, absolute. */
  from: string;
  /** In the guest, absolute. */
  to: string;
}

const DEFAULT_TARGET = "/mnt";
/** The guest mounts file systems of its own over these. */
const COVERED = ["/dev", "/proc", "/sys"];
/** The volume lies in memory. */
const MOST_BYTES = 128 << 20;
const MOST_ENTRIES = 20_000;
/** Changes that come together are looked at together. */
const SETTLE_MS = 30;

/** @param see behind the message of a wrong value. */
export function parseShare(text: string, see: string): Share {
  const colon = text.lastIndexOf(":");
  const [from, target] = colon < 0 ? [text, DEFAULT_TARGET] : [text.slice(0, colon), text.slice(colon + 1)];
  const to = posix.normalize(target).replace(/(?<=.)\/$/, "");
  if (from === "") throw new UsageError(`'--share' wants DIR or DIR:GUESTDIR, not '${text}'`, see);
  if (!to.startsWith("/")) throw new UsageError(`'--share': the guest's folder must begin with '/', not '${target}'`, see);
  const covered = COVERED.find((folder) => to === folder || to.startsWith(`${folder}/`));
  if (covered !== undefined) throw new UsageError(`'--share': in the guest ${covered} is another file system`, see);
  return { from: resolve(from), to };
}

type Entry = { kind: "folder" } | { kind: "file"; executable: boolean; stamp: string } | { kind: "link"; target: string };

/** What lies in the folder, by paths below it; folders before what is in them. Names that are not UTF-8 are told, and left out: the volume has none. */
function scan(from: string, tell: (path: string) => void = () => {}): Map<string, Entry> {
  const found = new Map<string, Entry>();
  let bytes = 0;
  const visit = (below: string): void => {
    for (const name of readdirSync(join(from, below)).sort()) {
      const path = below === "" ? name : `${below}/${name}`;
      const stat = lstatSync(join(from, path), { throwIfNoEntry: false });
      if (stat === undefined) {
        // Or it has gone in this moment.
        if (name.includes("\ufffd")) tell(path);
        continue;
      }
      if (stat.isDirectory()) {
        found.set(path, { kind: "folder" });
        visit(path);
      } else if (stat.isSymbolicLink()) found.set(path, { kind: "link", target: readlinkSync(join(from, path)) });
      else if (stat.isFile()) {
        bytes += stat.size;
        const executable = (stat.mode & 0o100) !== 0;
        found.set(path, { kind: "file", executable, stamp: `${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.mode}` });
      }
      if (bytes > MOST_BYTES || found.size > MOST_ENTRIES)
        throw new HostError(`${from} is too large to share (more than ${MOST_BYTES >> 20} MiB or ${MOST_ENTRIES} files)`);
    }
  };
  visit("");
  return found;
}

/** A file is a new one in the guest, as after a rename: who has the old one open keeps it. */
function put(volume: Volume, { from, to }: Share, path: string, entry: Entry): void {
  const target = posix.join(to, path);
  if (entry.kind === "folder") {
    volume.mkdirSync(target, { recursive: true, mode: 0o755 });
    return;
  }
  const bytes = entry.kind === "file" ? readFileSync(join(from, path)) : undefined;
  drop(volume, target);
  if (entry.kind === "link") addLink(volume, entry.target, target);
  else if (bytes) volume.writeFileSync(target, bytes, { mode: entry.executable ? 0o755 : 0o644 });
}

/** Takes a name away; a folder only if the guest has put nothing into it. */
function drop(volume: Volume, target: string): void {
  const stat = volume.lstatSync(target, { throwIfNoEntry: false });
  if (!stat) return;
  if (!stat.isDirectory()) volume.unlinkSync(target);
  else if (volume.readdirSync(target).length === 0) volume.rmdirSync(target);
}

/** Copies the folder into a volume that no guest has seen yet. */
export function addShare(volume: Volume, share: Share): void {
  const { from, to } = share;
  let entries: Map<string, Entry>;
  try {
    entries = scan(from, (path) => hostLine(`not shared, since its name is not UTF-8: ${path}`));
  } catch (error) {
    if (error instanceof HostError) throw error;
    throw new HostError(`cannot share: ${hostReason(error, from) ?? String(error)}`);
  }
  try {
    volume.mkdirSync(to, { recursive: true, mode: 0o755 });
    for (const [path, entry] of entries) put(volume, share, path, entry);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ENOTDIR" && code !== "EEXIST") throw new HostError(`cannot share: ${hostReason(error, from) ?? String(error)}`);
    throw new HostError(`cannot share: ${from}:${to}: the guest has a file of that name`);
  }
}

/** From now on what changes in the folder changes in the volume. Returns what ends that. */
export function followShare(volume: Volume, share: Share): () => void {
  const watchers = new Map<string, FSWatcher>();
  let known = new Map<string, Entry>();
  let timer: NodeJS.Timeout | undefined;
  let failed = false;
  const fail = (error: unknown): void => {
    if (!failed) hostLine(`the shared folder is not followed any more: ${hostReason(error, share.from) ?? String(error)}`);
    failed = true;
  };
  const changed = (): void => {
    timer ??= setTimeout(update, SETTLE_MS);
  };
  // One watcher a folder: Node's recursive ones lose removals on Linux.
  const watchFolders = (): void => {
    const folders = new Set(["", ...[...known].flatMap(([path, { kind }]) => (kind === "folder" ? [path] : []))]);
    for (const [path, watcher] of watchers) {
      if (folders.has(path)) continue;
      watcher.close();
      watchers.delete(path);
    }
    for (const path of folders) {
      if (watchers.has(path)) continue;
      const watcher = watch(join(share.from, path), { persistent: false }, changed);
      watcher.on("error", changed);
      watchers.set(path, watcher);
    }
  };
  const update = (): void => {
    timer = undefined;
    try {
      const now = scan(share.from);
      const gone = [...known.keys()].filter((path) => now.get(path)?.kind !== known.get(path)?.kind);
      for (const path of gone.reverse()) drop(volume, posix.join(share.to, path));
      for (const [path, entry] of now) {
        if (JSON.stringify(entry) !== JSON.stringify(known.get(path))) put(volume, share, path, entry);
      }
      known = now;
      watchFolders();
    } catch (error) {
      // What vanishes between two looks is seen at the next one, which its vanishing has caused.
      if (!existsSync(share.from) || !(error instanceof Error && "code" in error && error.code === "ENOENT")) fail(error);
    }
  };
  try {
    known = scan(share.from);
    watchFolders();
  } catch (error) {
    fail(error);
  }
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
  };
}
