// The fake kernel's files: a tree in memory and open descriptions of files, pipes, devices.
import { ERRNO } from "../../../src/abi/errno.js";

export interface Node {
  ino: number;
  /** Type and permission bits. */
  mode: number;
  data: Buffer;
  children: Map<string, Node> | undefined;
  target: string;
  device: "null" | "full" | "zero" | "tty" | undefined;
  mtime: number;
  nlink: number;
}

/** A result, or a negative errno. */
export type Result = number;

export const BLOCK = Symbol("block");
export type Blocking<T> = T | typeof BLOCK;

/** What a descriptor refers to. */
export interface Description {
  node: Node | undefined;
  append: boolean;
  path: string;
  offset: number;
  readers: number;
  read(size: number): Blocking<Buffer | Result>;
  write(data: Buffer): Blocking<Result>;
  close(): void;
}

const MTIME = 1_700_000_000;

export class Tree {
  #nextIno = 1;
  readonly root: Node = this.make(0o040755);

  make(mode: number): Node {
    const directory = (mode & 0o170000) === 0o040000;
    return {
      ino: this.#nextIno++,
      mode,
      data: Buffer.alloc(0),
      children: directory ? new Map() : undefined,
      target: "",
      device: undefined,
      mtime: MTIME,
      nlink: directory ? 2 : 1,
    };
  }

  /** Puts a file (text) or folder (undefined) at a path, folders above it included. */
  put(path: string, text: string | undefined, mode?: number): Node {
    const parts = path.split("/").filter((part) => part !== "");
    let node = this.root;
    for (const [n, part] of parts.entries()) {
      let next = node.children?.get(part);
      if (!next) {
        const leaf = n + 1 === parts.length && text !== undefined;
        next = this.make(leaf ? (mode ?? 0o100644) : 0o040755);
        node.children?.set(part, next);
      }
      node = next;
    }
    if (text !== undefined) node.data = Buffer.from(text, "latin1");
    return node;
  }

  /** The node's folder and last name; a negative errno where the way there does not exist. */
  walk(path: string, cwd: string, follow = true, depth = 0): { parent: Node; name: string; node: Node | undefined; path: string } | Result {
    if (depth > 8) return -ERRNO.ELOOP;
    if (path === "") return -ERRNO.ENOENT;
    const stack: { node: Node; name: string }[] = [{ node: this.root, name: "" }];
    const parts = (path.startsWith("/") ? path : `${cwd}/${path}`).split("/").filter((part) => part !== "" && part !== ".");
    for (const [n, part] of parts.entries()) {
      const top = stack.at(-1) as { node: Node; name: string };
      if (!top.node.children) return -ERRNO.ENOTDIR;
      if (part === "..") {
        if (stack.length > 1) stack.pop();
        continue;
      }
      const last = n + 1 === parts.length;
      const next = top.node.children.get(part);
      const here = stack.map((one) => one.name).join("/");
      if (!next) return last ? { parent: top.node, name: part, node: undefined, path: `${here}/${part}` } : -ERRNO.ENOENT;
      if ((next.mode & 0o170000) === 0o120000 && (!last || follow)) {
        const rest = parts.slice(n + 1).join("/");
        const target = next.target.startsWith("/") ? next.target : `${here}/${next.target}`;
        return this.walk(rest === "" ? target : `${target}/${rest}`, "/", follow, depth + 1);
      }
      stack.push({ node: next, name: part });
    }
    const top = stack.at(-1) as { node: Node; name: string };
    const whole = stack.map((one) => one.name).join("/") || "/";
    if (path.endsWith("/") && !top.node.children) return -ERRNO.ENOTDIR;
    return { parent: stack.at(-2)?.node ?? this.root, name: top.name, node: top.node, path: whole };
  }
}

/** An open file of the tree. */
export function openNode(node: Node, path: string, append: boolean): Description {
  return {
    node,
    append,
    path,
    offset: 0,
    readers: 0,
    read(size) {
      if (node.device === "null") return Buffer.alloc(0);
      if (node.device) return Buffer.alloc(size);
      if (node.children) return -ERRNO.EISDIR;
      const piece = node.data.subarray(this.offset, this.offset + size);
      this.offset += piece.length;
      return piece;
    },
    write(data) {
      if (node.device === "full") return -ERRNO.ENOSPC;
      if (node.device) return data.length;
      if (this.append) this.offset = node.data.length;
      const end = this.offset + data.length;
      const grown = Buffer.alloc(Math.max(end, node.data.length));
      node.data.copy(grown);
      data.copy(grown, this.offset);
      node.data = grown;
      this.offset = end;
      return data.length;
    },
    close() {},
  };
}

const PIPE_SIZE = 65536;

export function makePipe(broken: () => void): [Description, Description] {
  let data = Buffer.alloc(0);
  const state = { readers: true, writers: true };
  const base = { node: undefined, append: false, path: "pipe:", offset: 0, readers: 0 };
  const reader: Description = {
    ...base,
    read(size) {
      if (data.length === 0) return state.writers ? BLOCK : data;
      const piece = data.subarray(0, size);
      data = data.subarray(piece.length);
      return piece;
    },
    write: () => -ERRNO.EBADF,
    close() {
      state.readers = false;
    },
  };
  const writer: Description = {
    ...base,
    read: () => -ERRNO.EBADF,
    write(bytes) {
      if (!state.readers) {
        broken();
        return -ERRNO.EPIPE;
      }
      const room = PIPE_SIZE - data.length;
      if (room === 0) return BLOCK;
      const piece = bytes.subarray(0, room);
      data = Buffer.concat([data, piece]);
      return piece.length;
    },
    close() {
      state.writers = false;
    },
  };
  return [reader, writer];
}
