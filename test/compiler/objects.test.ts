// The object files themselves, read by foreign tools: sections and symbols of a module, and the code of small functions.

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { Compiler } from "../../src/compiler/driver.js";
import { compileToObject, findTool, kernelRoot, repository, withDirectory } from "./native.js";

const folder = join(repository, "test/compiler/cases/objects");

function has(t: ExecutionContext, ...tools: string[]): boolean {
  const missing = tools.filter((tool) => !findTool(tool));
  if (missing.length === 0) return true;
  t.log(`skipped: ${t.title} needs ${missing.join(", ")}`);
  t.pass();
  return false;
}

function sampleModule(): Uint8Array {
  const file = join(folder, "sample_module.ts");
  const result = new Compiler(kernelRoot, [file], folder).module({ files: [file] });
  if (result.diagnostics.length > 0) throw new Error(result.diagnostics.join(""));
  return result.ko;
}

test("readelf, objdump and nm read a module without a complaint", (t) => {
  if (!has(t, "readelf", "objdump", "nm")) return;
  withDirectory((directory) => {
    const file = join(directory, "sample_module.ko");
    writeFileSync(file, sampleModule());
    for (const [tool, ...options] of [["readelf", "-aW"], ["objdump", "-dr"], ["nm"]] as const) {
      const result = spawnSync(tool, [...options, file], { encoding: "utf8" });
      t.is(result.stderr, "", tool);
      t.is(result.status, 0, tool);
    }
  });
});

test("a module's .modinfo has Linux's keys the last of the source first", (t) => {
  if (!has(t, "objcopy")) return;
  withDirectory((directory) => {
    const file = join(directory, "sample_module.ko");
    const raw = join(directory, "modinfo");
    writeFileSync(file, sampleModule());
    execFileSync("objcopy", ["-O", "binary", "-j", ".modinfo", "--set-section-flags", ".modinfo=alloc", file, raw]);
    t.deepEqual(execFileSync("cat", [raw], { encoding: "utf8" }).split("\0"), [
      "livepatch=Y",
      "author=kelp",
      "license=GPL v2",
      "parmtype=sizes:array of uint",
      "parmtype=name:charp",
      "parm=count:how often",
      "parmtype=count:int",
      "name=sample_module",
      "vermagic=6.1.0-kelp SMP preempt mod_unload modversions ",
      "depends=",
      "",
    ]);
  });
});

test("a module's symbols have the types and binding that nm shows for Linux's modules", (t) => {
  if (!has(t, "nm")) return;
  withDirectory((directory) => {
    const file = join(directory, "sample_module.ko");
    writeFileSync(file, sampleModule());
    const names = execFileSync("nm", ["--format=just-symbols", "-p", file], { encoding: "utf8" });
    const rows = execFileSync("nm", [file], { encoding: "utf8" })
      .trimEnd()
      .split("\n")
      .map((row) => row.slice(17))
      .sort();
    t.true(names.includes("init_module"));
    t.deepEqual(rows, [
      "B shared_state",
      "D __this_module",
      "T cleanup_module",
      "T greet",
      "T init_module",
      "U __dynamic_pr_debug",
      "U __fentry__",
      "U _printk",
      "U param_array_ops",
      "U param_ops_charp",
      "U param_ops_int",
      "U param_ops_uint",
      "b sizes_given",
      "d __UNIQUE_ID_ddebug.0",
      "d count",
      "d sizes",
      "d who",
      "r __ksymtab_greet",
      "r __ksymtab_shared_state",
      "r __param_arr_sizes",
      "r __param_count",
      "r __param_name",
      "r __param_sizes",
      "t early",
      "t quiet",
      "t sample_exit",
      "t sample_init",
    ]);
  });
});

/** One function's instructions as objdump shows them, without addresses and bytes. */
function disassemble(object: string, symbol: string): string[] {
  const text = execFileSync("objdump", ["-dr", "-Mintel", "--no-show-raw-insn", object], { encoding: "utf8" });
  const lines = text
    .slice(text.indexOf(`<${symbol}>:`))
    .split("\n")
    .slice(1);
  const body = lines.slice(0, lines.findIndex((line) => line.trim() === "") >>> 0);
  return body
    .map((line) =>
      line
        .replace(/^\s*[0-9a-f]+:\s*/, "")
        .replace(/\s+/g, " ")
        .replace(/\s*#.*/, "")
        .replace(/^(call|j\w+) .*/, "$1"),
    )
    .filter((line) => !/^(nop|xchg ax,ax|data16)/.test(line));
}

test("an inline function called in an asm() block stands for its instructions, with constants for its parameters", (t) => {
  if (!has(t, "objdump")) return;
  withDirectory((directory) => {
    const object = join(directory, "code.o");
    writeFileSync(object, compileToObject(join(folder, "code.ts"), true));
    t.deepEqual(disassemble(object, "parts"), [
      "mov QWORD PTR [rsp+0x8],rax",
      "mov QWORD PTR [rsp+0x10],rcx",
      "mov QWORD PTR [rsp+0x20],rcx",
      "ret",
    ]);
  });
});

test("a loop over a list keeps everything in registers and tests flags in memory", (t) => {
  if (!has(t, "objdump")) return;
  withDirectory((directory) => {
    const object = join(directory, "code.o");
    writeFileSync(object, compileToObject(join(folder, "code.ts"), true));
    t.deepEqual(disassemble(object, "total"), [
      "call",
      "R_X86_64_PLT32 __fentry__-0x4",
      "push rbp",
      "mov rbp,rsp",
      "xor eax,eax",
      "jmp",
      "test BYTE PTR [rdi+0x8],0x4",
      "je",
      "mov edx,DWORD PTR [rdi+0xc]",
      "add rax,rdx",
      "mov rdi,QWORD PTR [rdi]",
      "test rdi,rdi",
      "jne",
      "pop rbp",
      "ret",
    ]);
  });
});

test("an element of a static array is changed in place by its absolute address", (t) => {
  if (!has(t, "objdump")) return;
  withDirectory((directory) => {
    const object = join(directory, "code.o");
    writeFileSync(object, compileToObject(join(folder, "code.ts"), true));
    t.deepEqual(disassemble(object, "bump"), [
      "call",
      "R_X86_64_PLT32 __fentry__-0x4",
      "push rbp",
      "mov rbp,rsp",
      "add QWORD PTR [rdi*8+0x0],0x3",
      "R_X86_64_32S table",
      "and rdi,0xf",
      "mov rax,QWORD PTR [rdi*8+0x0]",
      "R_X86_64_32S table",
      "pop rbp",
      "ret",
    ]);
  });
});

test("a warning and a bug are a ud2 behind a branch, with address, file, line and flags in __bug_table", (t) => {
  if (!has(t, "objdump", "objcopy")) return;
  withDirectory((directory) => {
    const object = join(directory, "bugs.o");
    writeFileSync(object, compileToObject(join(folder, "bugs.ts"), true));
    t.deepEqual(disassemble(object, "guarded"), [
      "call",
      "R_X86_64_PLT32 __fentry__-0x4",
      "push rbp",
      "mov rbp,rsp",
      "mov eax,edi",
      "test eax,eax",
      "jge",
      "ud2",
      "mov eax,0xffffffea",
      "pop rbp",
      "ret",
      "cmp eax,0x7",
      "jne",
      "ud2",
      "add eax,0x1",
      "pop rbp",
      "ret",
    ]);
    const raw = join(directory, "table");
    execFileSync("objcopy", ["-O", "binary", "-j", "__bug_table", object, raw]);
    const table = readFileSync(raw);
    const entries = [0, 12, 24].map((at) => [table.readUInt16LE(at + 8), table.readUInt16LE(at + 10)]);
    // BUGFLAG_WARNING 1, BUGFLAG_ONCE 2, TAINT_WARN 9 << 8.
    t.deepEqual(entries, [
      [5, 0x901],
      [6, 0],
      [11, 0x903],
    ]);
    const relocations = execFileSync("objdump", ["-r", "-j", "__bug_table", object], { encoding: "utf8" });
    t.is(relocations.match(/R_X86_64_PC32\s+\.text\+0x/g)?.length, 3);
    t.is(relocations.match(/R_X86_64_PC32\s+\.LC0/g)?.length, 3);
  });
});
