// chown and chgrp: whom files belong to.
import { strerror } from "../../abi/errno.js";
import { SYS } from "../../abi/syscalls.js";
import { call } from "../sys/calls.js";
import { readFile } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { isDirectory, lstat, readDirectory, stat } from "../sys/stat.js";
import { parseDecimal } from "../text/numbers.js";
import type { AppletTable, Io, Options } from "./applet.js";

/** chown(2) leaves what is -1. */
const KEEP = -1;

interface Owner {
  uid: number;
  gid: number;
}

/** The entry of /etc/passwd or /etc/group whose column is `value`. */
function* entry(path: string, column: number, value: string): Sys<string[] | undefined> {
  const text = yield* readFile(path);
  if (typeof text === "number") return undefined;
  return text
    .split("\n")
    .map((line) => line.split(":"))
    .find((fields) => fields[column] === value);
}

/** A number, or a name's. */
function* idOf(path: string, name: string): Sys<number | undefined> {
  const id = parseDecimal(name);
  if (id !== undefined) return id;
  const fields = name === "" ? undefined : yield* entry(path, 0, name);
  return fields && parseDecimal(fields[2] ?? "");
}

/** USER, USER:GROUP, USER: (the user's own group) or :GROUP; a dot stands for the first colon where there is none. */
function* parseOwner(io: Io, given: string): Sys<Owner> {
  const text = given.includes(":") ? given : given.replace(".", ":");
  const at = text.indexOf(":");
  const user = at < 0 ? text : text.slice(0, at);
  const group = at < 0 ? "" : text.slice(at + 1);
  if (at === 0) {
    const gid = yield* idOf("/etc/group", group);
    return gid === undefined ? yield* io.die(`unknown group ${group}`) : { uid: KEEP, gid };
  }
  const uid = yield* idOf("/etc/passwd", user);
  if (at < 0) return uid === undefined ? yield* io.die(`unknown user ${user}`) : { uid, gid: KEEP };
  if (uid !== undefined && group === "") {
    const own = yield* entry("/etc/passwd", 2, String(uid));
    return { uid, gid: parseDecimal(own?.[3] ?? "") ?? KEEP };
  }
  const gid = uid === undefined ? undefined : yield* idOf("/etc/group", group);
  if (uid === undefined || gid === undefined) return yield* io.die(`unknown user/group ${group === "" ? user : text}`);
  return { uid, gid };
}

class Change {
  constructor(
    readonly io: Io,
    readonly options: Options,
    readonly owner: Owner,
  ) {}

  *#refuse(path: string, errno: number): Sys<boolean> {
    yield* this.io.error(`${path}: ${strerror(errno)}`);
    return false;
  }

  /** What is in a folder before the folder itself. */
  *apply(path: string, level: number): Sys<boolean> {
    const { options, owner } = this;
    const follows = options.has("L") || (options.has("H") && level === 0);
    const there = yield* follows ? stat(path) : lstat(path);
    if (typeof there === "number") return yield* this.#refuse(path, there);
    let fine = true;
    if (options.has("R") && isDirectory(there)) {
      const entries = yield* readDirectory(path);
      if (typeof entries === "number") return yield* this.#refuse(path, entries);
      const prefix = path.endsWith("/") ? path : `${path}/`;
      for (const { name } of entries) if (name !== "." && name !== ".." && !(yield* this.apply(prefix + name, level + 1))) fine = false;
    }
    const itself = options.has("h") || (options.has("R") && !options.has("L") && !options.has("H"));
    const result = yield* call(itself ? SYS.lchown : SYS.chown, path, owner.uid, owner.gid);
    if (result < 0) {
      if (!options.has("f")) yield* this.#refuse(path, result);
      return false;
    }
    const uid = owner.uid === KEEP ? there.uid : owner.uid;
    const gid = owner.gid === KEEP ? there.gid : owner.gid;
    if (options.has("v") || (options.has("c") && (uid !== there.uid || gid !== there.gid)))
      yield* this.io.put(`changed ownership of '${path}' to ${uid}:${gid}\n`);
    return fine;
  }
}

const owners = (prefix: string) =>
  function* (io: Io): Sys<number> {
    const options = yield* io.options("RhLHPcvf");
    const [owner, ...paths] = options.operands;
    if (owner === undefined || paths.length === 0) return yield* io.showUsage();
    const change = new Change(io, options, yield* parseOwner(io, prefix + owner));
    let status = 0;
    for (const path of paths) if (!(yield* change.apply(path, 0))) status = 1;
    return status;
  };

const LETTERS =
  "\n\n\t-R\tFolders with all that is in them\n\t-h\tLinks, not what they point to\n\t-L\tFollow all symbolic links\n\t-H\tFollow those named as FILE\n\t-P\tFollow none (default)\n\t-c, -v\tTell what changes, tell everything\n\t-f\tNo errors";

export const OWNERS: AppletTable = {
  chown: { usage: `[-RhLHPcvf] USER[:[GROUP]] FILE...\n\nChange whom files belong to${LETTERS}`, run: owners("") },
  chgrp: { usage: `[-RhLHPcvf] GROUP FILE...\n\nChange the group that files belong to${LETTERS}`, run: owners(":") },
};
