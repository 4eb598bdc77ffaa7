import test from "ava";
import fc from "fast-check";
import { Client, message, raw, s, u8, u16, u32, u64 } from "./p9-client.js";

// Message numbers and layouts are 9P2000.L's (diod's protocol.md); error numbers are what Linux's file systems return.

const [EPERM, ENOENT, EBADF, EBUSY, EEXIST, ENOTDIR, EISDIR, EINVAL] = [1, 2, 9, 16, 17, 20, 21, 22];
const [ENOTEMPTY, ELOOP, ENODATA, EOPNOTSUPP] = [39, 40, 61, 95];
const NOTAG_GID = u32(0);

function withTree(): Client {
  const client = new Client();
  client.volume.mkdirSync("/etc", { recursive: true });
  client.volume.writeFileSync("/etc/motd", "hello\n");
  client.volume.symlinkSync("motd", "/etc/link");
  return client.attach();
}

function walk(client: Client, newFid: number, ...names: string[]): Buffer | number {
  return client.call(110, u32(0), u32(newFid), u16(names.length), ...names.map(s));
}

interface Stat {
  mode: number;
  uid: number;
  gid: number;
  nlink: bigint;
  rdev: bigint;
  size: bigint;
  mtime: bigint;
}

function getattr(client: Client, fid: number): Stat {
  const reply = client.ok(24, u32(fid), u64(0x7ff));
  return {
    mode: reply.readUInt32LE(21),
    uid: reply.readUInt32LE(25),
    gid: reply.readUInt32LE(29),
    nlink: reply.readBigUInt64LE(33),
    rdev: reply.readBigUInt64LE(41),
    size: reply.readBigUInt64LE(49),
    mtime: reply.readBigUInt64LE(89),
  };
}

function list(client: Client, fid: number, offset = 0n, count = 4096): { name: string; offset: bigint; type: number }[] {
  const reply = client.ok(40, u32(fid), u64(offset), u32(count));
  const entries = [];
  for (let at = 4; at < reply.length; ) {
    const length = reply.readUInt16LE(at + 22);
    entries.push({ offset: reply.readBigUInt64LE(at + 13), type: reply[at + 21], name: reply.toString("utf8", at + 24, at + 24 + length) });
    at += 24 + length;
  }
  return entries;
}

test("version: the smaller msize wins, an unknown dialect is answered 'unknown'", (t) => {
  const client = new Client();
  t.deepEqual(client.ok(100, u32(8192), s("9P2000.L")), message(0, 0, u32(8192), s("9P2000.L")).subarray(7));
  t.is(client.ok(100, u32(8192), s("9P2000.u")).toString("utf8", 6), "unknown");
  t.true(client.ok(100, u32(0x10000000), s("9P2000.L")).readUInt32LE(0) >= 65536);
});

test("a file is walked to, opened and read, and reads stop at its end", (t) => {
  const client = withTree();
  const qids = walk(client, 1, "etc", "motd");
  t.true(Buffer.isBuffer(qids) && qids.readUInt16LE(0) === 2 && qids[2] === 0x80 && qids[15] === 0);
  client.ok(12, u32(1), u32(0));
  t.is(client.ok(116, u32(1), u64(0), u32(100)).toString("utf8", 4), "hello\n");
  t.is(client.ok(116, u32(1), u64(3), u32(2)).toString("utf8", 4), "lo");
  t.is(client.ok(116, u32(1), u64(6), u32(2)).length, 4);
});

test("walk: the first missing name is an error, a later one shortens the answer and makes no fid", (t) => {
  const client = withTree();
  t.is(walk(client, 1, "nothing"), ENOENT);
  const partial = walk(client, 1, "etc", "nothing");
  t.true(Buffer.isBuffer(partial) && partial.readUInt16LE(0) === 1);
  t.is(client.call(120, u32(1)), EBADF);
  client.ok(110, u32(0), u32(1), u16(2), s("etc"), s("motd"));
  t.is(client.call(110, u32(1), u32(2), u16(1), s("x")), ENOTDIR);
});

test("'..' at the root stays there", (t) => {
  const client = withTree();
  const up = walk(client, 1, "..");
  const here = client.ok(110, u32(0), u32(2), u16(1), s("."));
  t.deepEqual(up, here);
});

test("create, write, append beyond the end, truncate", (t) => {
  const client = withTree();
  walk(client, 1, "etc");
  client.ok(14, u32(1), s("new"), u32(2), u32(0o640), u32(5));
  t.is(client.ok(118, u32(1), u64(4), u32(3), raw(Buffer.from("abc"))).readUInt32LE(0), 3);
  const { mode, gid, size } = getattr(client, 1);
  t.deepEqual([mode, gid, size], [0o100640, 5, 7n]);
  t.is(client.ok(116, u32(1), u64(0), u32(10)).toString("latin1", 4), "\0\0\0\0abc");
  client.ok(26, u32(1), u32(0x8), u32(0), u32(0), u32(0), u64(2), u64(0), u64(0), u64(0), u64(0));
  t.is(getattr(client, 1).size, 2n);
  t.is(client.call(14, u32(0), s("etc"), u32(2), u32(0o644), NOTAG_GID), EEXIST);
});

test("reading needs an open for reading, writing one for writing", (t) => {
  const client = withTree();
  walk(client, 1, "etc", "motd");
  t.is(client.call(116, u32(1), u64(0), u32(1)), EBADF);
  client.ok(12, u32(1), u32(0));
  t.is(client.call(118, u32(1), u64(0), u32(1), u8(65)), EBADF);
});

test("readdir gives every name once, in pieces too, in our order and with d_type", (t) => {
  const client = new Client();
  for (const name of ["zebra", "alpha", "middle"]) client.volume.writeFileSync(`/${name}`, "");
  client.volume.mkdirSync("/beta");
  client.attach();
  walk(client, 1);
  client.ok(12, u32(1), u32(0));
  const all = list(client, 1);
  t.deepEqual(
    all.map(({ name, type }) => `${type} ${name}`),
    ["4 .", "4 ..", "8 alpha", "4 beta", "8 middle", "8 zebra"],
  );
  const pieces: string[] = [];
  for (let offset = 0n; ; ) {
    const piece = list(client, 1, offset, 40);
    if (piece.length === 0) break;
    pieces.push(...piece.map(({ name }) => name));
    offset = piece[piece.length - 1].offset;
  }
  t.deepEqual(
    pieces,
    all.map(({ name }) => name),
  );
});

test("names removed while a directory is read do not hide others (rm -r)", (t) => {
  const client = new Client();
  for (const name of ["a", "b", "c"]) client.volume.writeFileSync(`/${name}`, "");
  client.attach();
  walk(client, 1);
  client.ok(12, u32(1), u32(0));
  const first = list(client, 1, 0n, 80).slice(-1)[0];
  t.is(first.name, "a");
  client.ok(76, u32(0), s("a"), u32(0));
  t.deepEqual(
    list(client, 1, first.offset).map(({ name }) => name),
    ["b", "c"],
  );
});

test("mkdir counts links, and only an empty directory is removed", (t) => {
  const client = withTree();
  client.ok(72, u32(0), s("d"), u32(0o755), NOTAG_GID);
  walk(client, 1, "d");
  client.ok(72, u32(1), s("e"), u32(0o700), NOTAG_GID);
  t.deepEqual([getattr(client, 1).mode, getattr(client, 1).nlink], [0o40755, 3n]);
  t.is(client.call(76, u32(0), s("d"), u32(0x200)), ENOTEMPTY);
  t.is(client.call(76, u32(0), s("d"), u32(0)), EISDIR);
  client.ok(76, u32(1), s("e"), u32(0x200));
  client.ok(76, u32(0), s("d"), u32(0x200));
  t.is(client.call(14, u32(1), s("late"), u32(2), u32(0o644), NOTAG_GID), ENOENT);
  t.is(client.call(76, u32(0), s("etc/motd"), u32(0x200)), ENOENT);
});

test("an unlinked open file lives until its fid goes", (t) => {
  const client = withTree();
  walk(client, 1, "etc", "motd");
  walk(client, 2, "etc");
  client.ok(12, u32(1), u32(0));
  client.ok(76, u32(2), s("motd"), u32(0));
  t.is(client.ok(116, u32(1), u64(0), u32(100)).toString("utf8", 4), "hello\n");
  t.is(getattr(client, 1).nlink, 0n);
  t.is(client.call(70, u32(2), u32(1), s("again")), ENOENT);
});

test("hard links share the inode; a directory gets none", (t) => {
  const client = withTree();
  walk(client, 1, "etc", "motd");
  walk(client, 2, "etc");
  client.ok(70, u32(2), u32(1), s("second"));
  t.is(getattr(client, 1).nlink, 2n);
  const [first, second] = ["motd", "second"].map(
    (name) => client.ok(110, u32(2), u32(9), u16(1), s(name)) && client.ok(120, u32(9)) && name,
  );
  t.deepEqual([first, second], ["motd", "second"]);
  t.is(client.call(70, u32(0), u32(2), s("dir")), EPERM);
});

test("symlinks are read, not opened", (t) => {
  const client = withTree();
  walk(client, 1, "etc", "link");
  t.is(client.ok(22, u32(1)).toString("utf8", 2), "motd");
  t.is(client.call(12, u32(1), u32(0)), ELOOP);
  client.ok(16, u32(0), s("abs"), s("/etc/motd"), NOTAG_GID);
  walk(client, 2, "abs");
  t.deepEqual([client.ok(22, u32(2)).toString("utf8", 2), getattr(client, 2).mode, getattr(client, 2).size], ["/etc/motd", 0o120777, 9n]);
});

test("rename replaces a file, refuses the wrong kind, a full directory and a folder's own inside", (t) => {
  const client = withTree();
  client.volume.writeFileSync("/a", "A");
  walk(client, 1, "etc");
  client.ok(74, u32(0), s("a"), u32(1), s("motd"));
  t.is(client.volume.readFileSync("/etc/motd", "utf8"), "A");
  t.is(client.call(74, u32(1), s("motd"), u32(0), s("etc")), EISDIR);
  t.is(client.call(74, u32(0), s("etc"), u32(1), s("motd")), EINVAL);
  client.ok(72, u32(0), s("d"), u32(0o755), NOTAG_GID);
  t.is(client.call(74, u32(0), s("d"), u32(0), s("etc")), ENOTEMPTY);
  t.is(client.call(74, u32(0), s("d"), u32(1), s("motd")), ENOTDIR);
});

test("the root is neither renamed nor removed, and a fid whose name is gone renames nothing else", (t) => {
  const client = withTree();
  walk(client, 1, "etc");
  t.is(client.call(20, u32(0), u32(1), s("root")), EBUSY);
  walk(client, 2);
  t.is(client.call(122, u32(2)), EBUSY);
  walk(client, 3, "etc", "motd");
  client.ok(76, u32(1), s("motd"), u32(0));
  client.volume.writeFileSync("/etc/motd", "another");
  t.is(client.call(20, u32(3), u32(0), s("stolen")), ENOENT);
  t.is(client.call(122, u32(3)), ENOENT);
  t.is(client.volume.readFileSync("/etc/motd", "utf8"), "another");
});

test("mknod keeps type and device number in Linux's encoding", (t) => {
  const client = withTree();
  client.ok(18, u32(0), s("null"), u32(0o20666), u32(1), u32(3), NOTAG_GID);
  walk(client, 1, "null");
  t.deepEqual([getattr(client, 1).mode, getattr(client, 1).rdev], [0o20666, 0x103n]);
});

test("owners are root's whatever the host's user is, and times are the machine's", (t) => {
  const client = withTree();
  walk(client, 1, "etc", "motd");
  const before = getattr(client, 1);
  t.deepEqual([before.uid, before.gid, before.mtime], [0, 0, 1_767_225_600n]);
  client.now += 5_000_000_000n;
  client.ok(12, u32(1), u32(1));
  client.ok(118, u32(1), u64(0), u32(1), u8(65));
  t.is(getattr(client, 1).mtime, 1_767_225_605n);
  client.ok(26, u32(1), u32(0x127), u32(0o600), u32(10), u32(20), u64(0), u64(0), u64(0), u64(77), u64(5));
  const after = getattr(client, 1);
  t.deepEqual([after.mode, after.uid, after.gid, after.mtime], [0o100600, 10, 20, 77n]);
});

test("extended attributes: none, by the errno for one and for the list; unknown messages: EOPNOTSUPP", (t) => {
  const client = withTree();
  t.is(client.call(30, u32(0), u32(5), s("security.capability")), ENODATA);
  t.is(client.call(30, u32(0), u32(5), s("")), EOPNOTSUPP);
  t.is(client.call(102, u32(0), s("root"), s("")), EOPNOTSUPP);
});

test("a reply that does not fit is an error, not a cut message", (t) => {
  const client = withTree();
  walk(client, 1, "etc", "motd");
  client.ok(12, u32(1), u32(0));
  const reply = Buffer.from(client.server.serve(message(116, 3, u32(1), u64(0), u32(100)), 12));
  t.deepEqual([reply[4], reply.readUInt32LE(7)], [7, 90]);
});

test("any bytes get a well-formed reply and no host error", (t) => {
  const name = fc.constantFrom("etc", "motd", "link", ".", "..", "", "a/b", "new", "x".repeat(300));
  const field = fc.oneof(
    fc.nat(4).map(u32),
    fc.integer({ min: 0, max: 0xffffffff }).map(u32),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(u64),
    fc.nat(20).map(u16),
    name.map(s),
    fc.uint8Array({ maxLength: 40 }).map(raw),
  );
  const fid = fc.nat(3).map(u32);
  const number = fc.nat(0o7777).map(u32);
  // Well-formed requests reach deeper than noise does: half of them are.
  const shaped = fc.oneof(
    ...(
      [
        [110, fid, fid, fc.constant(u16(1)), name.map(s)],
        [110, fid, fid, fc.constant(u16(0))],
        [12, fid, number],
        [14, fid, name.map(s), number, number, number],
        [16, fid, name.map(s), name.map(s), number],
        [20, fid, fid, name.map(s)],
        [40, fid, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(u64), fc.nat(200).map(u32)],
        [70, fid, fid, name.map(s)],
        [72, fid, name.map(s), number, number],
        [74, fid, name.map(s), fid, name.map(s)],
        [76, fid, name.map(s), fc.constantFrom(0, 0x200).map(u32)],
        [120, fid],
        [122, fid],
      ] as [number, ...fc.Arbitrary<ReturnType<typeof u32>>[]][]
    ).map(([type, ...fields]) => fc.tuple(fc.constant(type), fc.tuple(...fields))),
  );
  const noise = fc.tuple(
    fc.oneof(fc.nat(127), fc.constantFrom(12, 14, 72, 74, 76, 110, 116, 118, 40, 26)),
    fc.array(field, { maxLength: 8 }),
  );
  const request = fc.oneof(shaped, noise);
  fc.assert(
    fc.property(fc.array(request, { maxLength: 30 }), (requests) => {
      const client = withTree();
      for (const [type, fields] of requests) {
        const reply = Buffer.from(client.server.serve(message(type, 7, ...fields), 70000));
        if (reply.readUInt32LE(0) !== reply.length || reply.readUInt16LE(5) !== 7) return false;
      }
      return client.problems.length === 0;
    }),
    { numRuns: 200 },
  );
  t.pass();
});
