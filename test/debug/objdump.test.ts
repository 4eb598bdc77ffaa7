// kelp objdump against GNU objdump, over code that GNU as and gcc made.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { ElfError, ElfFile } from "../../src/debug/elf-file.js";
import { objdump } from "../../src/debug/objdump.js";
import { SymbolTable } from "../../src/debug/symbols.js";

const hasTools = ["gcc", "objdump"].every((tool) => spawnSync(tool, ["--version"]).status === 0);

function compile(source: string, language: "c" | "assembler", ...flags: string[]): { path: string; bytes: Uint8Array; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "kelp-objdump-"));
  const path = join(folder, "sample.o");
  const input = join(folder, "sample.input");
  writeFileSync(input, source);
  execFileSync("gcc", ["-x", language, ...flags, "-c", input, "-o", path]);
  return { path, bytes: readFileSync(path), remove: () => rmSync(folder, { recursive: true }) };
}

const C_SOURCE = `
extern int g(int); static int table[100]; int z;
int f(int a, long *b) { for (int i = 0; i < a; i++) b[i] += table[i] * g(i); return z; }
long h(long a, long b) { return a / b + (b << 3) + (unsigned char)a; }
void k(void (**f)(int), int n) { switch (n) { case 0: f[0](1); break; case 1: f[1](2); break; case 2: table[3]++; break;
  case 3: f[5](3); break; case 4: table[n] = 4; break; case 5: f[n](4); } }
`;

const SYSTEM_INSTRUCTIONS = `
f: pushfq; popfq; pushq (%rax); popq 8(%rax); call *(%rax); jmp *%rax; rep stosq; scasb; lodsl; rep movsb
 out %al,$0x80; in (%dx),%eax; sgdt (%rax); lidt (%rax); invlpg (%rax); clts; mov %rax,%cr0; mov %cr3,%rax; mov %rax,%dr7
 mov %ds,%ax; ltr %ax; lretq; iretq; sysretq; syscall; swapgs; wrmsr; rdmsr; xchg %ax,%ax; ud2; pause; bswap %rax; popcnt %rax,%rbx
 bt $3,%rax; shld $3,%rax,%rbx; lock cmpxchg %rdi,(%rsi); cmpxchg16b (%rax); xadd %rax,(%rbx); movsbl %al,%ecx; movslq %eax,%rbx
 cqto; cltq; cwtl; endbr64; vmcall; rdtsc; cpuid; hlt; sti; cli; mfence; lfence; jrcxz 1f; 1: loop 1b
 mov %gs:0x10,%rax; mov %eax,%fs:(%rbx); movabs $0x1122334455667788,%rax; push $-8; add $-1,%eax; cmpb $0xff,(%rax)
 nopl 0(%rax,%rax,1); lea 1f(%rip),%rsi; call f; 1: ret
`;

for (const [name, language, source, flags] of [
  ["what gcc -O2 makes of C", "c", C_SOURCE, ["-O2", "-fno-pie", "-mgeneral-regs-only"]],
  ["kernel entry code", "assembler", SYSTEM_INSTRUCTIONS, []],
] as const) {
  test(`objdump prints ${name} as GNU objdump -dr does`, (t) => {
    if (!hasTools) {
      t.log("skipped: gcc or objdump is not installed");
      t.pass();
      return;
    }
    const { path, bytes, remove } = compile(source, language, ...flags);
    const expected = execFileSync("objdump", ["-dr", path], { encoding: "utf8" });
    remove();
    t.is([...objdump(new ElfFile(bytes), path), ""].join("\n"), expected);
  });
}

test("objdump of one function prints that one as GNU objdump --disassemble=NAME does", (t) => {
  if (!hasTools) {
    t.log("skipped: gcc or objdump is not installed");
    t.pass();
    return;
  }
  const { path, bytes, remove } = compile(C_SOURCE, "c", "-O2", "-fno-pie", "-mgeneral-regs-only");
  const lines = execFileSync("objdump", ["-r", "--disassemble=h", path], { encoding: "utf8" }).split("\n");
  remove();
  const instructions = (all: string[]): string[] => all.filter((line) => /^ +[0-9a-f]+:\t/.test(line));
  t.deepEqual(instructions([...objdump(new ElfFile(bytes), path, "h")]).slice(0, 5), instructions(lines).slice(0, 5));
});

test("what is no x86-64 ELF file, or is cut off, is refused with the reason", (t) => {
  t.throws(() => new ElfFile(Buffer.from("text")), { instanceOf: ElfError, message: "not an ELF file" });
  const own = readFileSync(process.execPath).subarray(0, 4096);
  t.throws(() => new ElfFile(own), { instanceOf: ElfError, message: "the file is truncated" });
});

test("addresses are described by the symbol before them", (t) => {
  if (!hasTools) {
    t.log("skipped: gcc or objdump is not installed");
    t.pass();
    return;
  }
  const { bytes, remove } = compile("f: nop\n nop\n.globl g\ng: ret\n", "assembler");
  remove();
  const elf = new ElfFile(bytes);
  const symbols = new SymbolTable(elf, elf.section(".text")?.index);
  t.deepEqual(
    [0n, 1n, 2n, 0x12n].map((address) => symbols.describe(address)),
    ["f", "f+0x1", "g", "g+0x10"],
  );
});
