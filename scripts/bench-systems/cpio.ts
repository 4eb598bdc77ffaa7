// An initramfs: a cpio archive in the "newc" format of Linux's early-userspace buffer (Documentation/driver-api/early-userspace).

const S_IFDIR = 0o040000;
const S_IFCHR = 0o020000;
const S_IFREG = 0o100000;

export interface Entry {
  /** Without a leading slash. */
  readonly name: string;
  readonly content: { file: Uint8Array } | { device: [major: number, minor: number] } | "folder";
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

function record(inode: number, { name, content }: Entry): Buffer {
  const file = content !== "folder" && "file" in content ? Buffer.from(content.file) : Buffer.alloc(0);
  const [major, minor] = content !== "folder" && "device" in content ? content.device : [0, 0];
  const kind = content === "folder" ? S_IFDIR : "device" in content ? S_IFCHR : S_IFREG;
  const path = Buffer.from(`${name}\0`);
  // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const fields = [inode, kind | 0o755, 0, 0, 1, 0, file.length, 0, 0, major, minor, path.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), path])), padded(file)]);
}

export function cpio(entries: readonly Entry[]): Buffer {
  const end: Entry = { name: "TRAILER!!!", content: { file: new Uint8Array(0) } };
  return Buffer.concat([...entries, end].map((entry, i) => record(i + 1, entry)));
}
