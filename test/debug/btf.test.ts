// vmlinux's type information: read by bpftool where it is installed, and by our reader against layouts that are Linux's own.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import test from "ava";
import * as fc from "fast-check";
import { Btf, BtfError } from "../../src/debug/btf.js";
import { ElfFile } from "../../src/debug/elf-file.js";

const VMLINUX = "dist/guest/vmlinux";
const section = (): Uint8Array => {
  const bytes = new ElfFile(readFileSync(VMLINUX)).section(".BTF")?.bytes;
  if (!bytes) throw new Error("vmlinux has no .BTF");
  return bytes;
};

test("structs that Linux lays out the same way have Linux's offsets (x86-64, pahole)", (t) => {
  const btf = new Btf(section());
  t.is(btf.sizeOf("pt_regs"), 168);
  t.is(btf.offsetOf("pt_regs", "ip"), 128);
  t.is(btf.sizeOf("list_head"), 16);
  t.is(btf.offsetOf("list_head", "prev"), 8);
  t.is(btf.offsetOf("hlist_node", "pprev"), 8);
  t.is(btf.offsetOf("inactive_task_frame", "ret_addr"), 48);
  t.deepEqual(btf.field("Elf64_Sym", "st_value"), { offset: 8, size: 8, signed: false });
  t.deepEqual(btf.field("task_struct", "patch_state")?.signed, true);
  t.is(btf.variableSize("current_task"), 8);
  t.is(btf.offsetOf("task_struct", "no_such_field"), undefined);
});

test("bpftool reads it and finds the same fields", (t) => {
  const { status, stdout, error } = spawnSync("bpftool", ["-j", "btf", "dump", "file", VMLINUX], { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (error) {
    t.log("skipped: bpftool is not installed");
    t.pass();
    return;
  }
  t.is(status, 0);
  const { types }: { types: { kind: string; name: string; size?: number; members?: { name: string; bits_offset: number }[] }[] } =
    JSON.parse(stdout);
  const btf = new Btf(section());
  const structs = types.filter(({ kind }) => kind === "STRUCT");
  t.true(structs.length > 100);
  for (const name of ["task_struct", "module", "klp_func", "ftrace_ops"]) {
    const struct = structs.find((one) => one.name === name);
    t.is(btf.sizeOf(name), struct?.size);
    for (const member of struct?.members ?? []) t.is(btf.offsetOf(name, member.name), member.bits_offset / 8, `${name}.${member.name}`);
  }
});

test("damaged type information is a BtfError or reads as something, and never hangs or throws otherwise", (t) => {
  const good = section();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 }),
      fc.nat(good.length),
      (changes, length) => {
        const bytes = Uint8Array.from(good.subarray(0, length));
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        try {
          new Btf(bytes).field("task_struct", "thread.sp");
        } catch (error) {
          return error instanceof BtfError;
        }
        return true;
      },
    ),
    { numRuns: 60 },
  );
  t.pass();
});
