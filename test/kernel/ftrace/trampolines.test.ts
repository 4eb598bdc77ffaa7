// The ftrace trampolines, compiled by kcc and run by the physical CPU: what a callback sees, and what a traced function keeps.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { canRunNatively, compileToObject, kernelRoot, withDirectory } from "../../compiler/native.js";

/** victim adds its six arguments; its first instruction is a call of the trampoline, as at a site that is traced. */
const driver = `
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
struct pt_regs { unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss; };
extern char ftrace_caller[], ftrace_regs_caller[], ftrace_call[], ftrace_regs_call[];
void *function_trace_op = (void *)0x1234;
/* The graph tracer's return hook is not under test: reaching it ends the program. */
void ftrace_return_to_handler(void) { __builtin_trap(); }
long victim(long, long, long, long, long, long);
extern char victim_site[];
long other(long a, long b, long c, long d, long e, long f) { return 1000 + a + 2 * b + 4 * c + 8 * d + 16 * e + 32 * f; }
static int redirect;
static unsigned long expected_parent;
static void callback(unsigned long ip, unsigned long parent_ip, void *op, struct pt_regs *regs)
{
	unsigned long *frame = __builtin_frame_address(0), *fake = (unsigned long *)frame[0], *outer = (unsigned long *)fake[0];
	printf("ip %s parent %s op %p cs %lx regs.ip %+ld sp-slot %s\\n", ip == (unsigned long)victim_site ? "site" : "?",
		parent_ip == expected_parent ? "caller" : "?", op, regs->cs, (long)(regs->ip - ip),
		((unsigned long *)regs->sp)[0] == parent_ip ? "parent" : "?");
	printf("args %ld %ld %ld %ld %ld %ld ax %lx\\n", regs->di, regs->si, regs->dx, regs->cx, regs->r8, regs->r9, regs->ax);
	printf("unwinds to %s, then %s, then %s\\n", fake[1] == ip + 5 ? "site+5" : "?", outer[1] == parent_ip ? "parent" : "?",
		outer[0] == regs->bp ? "the caller's frame" : "?");
	if (regs->cs) printf("bx %lx r12 %lx r15 %lx r10 %lx carry %lu\\n", regs->bx, regs->r12, regs->r15, regs->r10, regs->flags & 1);
	if (redirect) regs->ip = (unsigned long)other;
	__asm__ volatile("xor %%ecx,%%ecx\\n mov %%rcx,%%r10\\n mov %%rcx,%%r11\\n mov %%rcx,%%rsi\\n cmp $1,%%ecx" ::: "rcx", "rsi", "r10", "r11", "cc");
}
static void point(char *at, void *to) { int d = (int)((char *)to - (at + 5)); at[0] = (char)0xe8; memcpy(at + 1, &d, 4); }
/* Calls victim with known registers; stores what it must keep. */
unsigned long kept[4];
extern long call_victim(void);
extern char after_victim[];
int main(void)
{
	for (int regs = 0; regs < 2; regs++) {
		char *calls = regs ? ftrace_regs_call : ftrace_call;
		mprotect((void *)((uintptr_t)calls & ~4095ul), 8192, 7);
		mprotect((void *)((uintptr_t)victim_site & ~4095ul), 8192, 7);
		point(calls, callback);
		point(victim_site, regs ? ftrace_regs_caller : ftrace_caller);
		for (redirect = 0; redirect < 2; redirect++) {
			expected_parent = (unsigned long)after_victim;
			long r = call_victim();
			printf("%s %s: %ld, kept %lx %lx %lx, al %lx\\n", regs ? "ftrace_regs_caller" : "ftrace_caller", redirect ? "redirected" : "passed", r,
				kept[0], kept[1], kept[2], kept[3]);
		}
	}
	return 0;
}
`;

const assembly = `
.intel_syntax noprefix
.globl victim, victim_site, call_victim, after_victim, kept
.text
victim:
victim_site: .byte 0x0f, 0x1f, 0x44, 0, 0
  mov [rip + kept + 24], rax
  lea rax, [rdi + rsi]
  add rax, rdx
  add rax, rcx
  add rax, r8
  add rax, r9
  ret
call_victim:
  push rbp
  mov rbp, rsp
  push rbx
  push r12
  push r15
  push r15
  mov rdi, 1
  mov rsi, 2
  mov rdx, 3
  mov rcx, 4
  mov r8, 5
  mov r9, 6
  mov eax, 0xa1
  mov ebx, 0xb2
  mov r12d, 0x12
  mov r15d, 0x15
  mov r10d, 0x10
  stc
  call victim
after_victim:
  mov [rip + kept], rbx
  mov [rip + kept + 8], r12
  mov [rip + kept + 16], r15
  pop r15
  pop r15
  pop r12
  pop rbx
  pop rbp
  ret
.section .note.GNU-stack
`;

/** From the psABI, pt_regs' contract and the driver's constants: 1+2+…+6, and 1000+1+2·2+4·3+8·4+16·5+32·6. */
const seen = (cs: string, full: string) => `ip site parent caller op 0x1234 cs ${cs} regs.ip +5 sp-slot parent
args 1 2 3 4 5 6 ax a1
unwinds to site+5, then parent, then the caller's frame
${full}`;
const full = "bx b2 r12 12 r15 15 r10 10 carry 1\n";
const expected = `${seen("0", "")}ftrace_caller passed: 21, kept b2 12 15, al a1
${seen("0", "")}ftrace_caller redirected: 1321, kept b2 12 15, al a1
${seen("10", full)}ftrace_regs_caller passed: 21, kept b2 12 15, al a1
${seen("10", full)}ftrace_regs_caller redirected: 1321, kept b2 12 15, al a1
`;

test("a callback sees the site, the caller and the registers, may redirect the call, and the traced function loses nothing", (t) => {
  if (!canRunNatively) {
    t.log("skipped: needs an x86-64 Linux host with gcc");
    t.pass();
    return;
  }
  withDirectory((directory) => {
    const inputs = ["ftrace_64.o", "driver.c", "site.s"].map((name) => join(directory, name));
    writeFileSync(inputs[0]!, compileToObject(join(kernelRoot, "arch/x86/kernel/ftrace_64.ts"), false));
    writeFileSync(inputs[1]!, driver);
    writeFileSync(inputs[2]!, assembly);
    const program = join(directory, "trampolines");
    const flags = ["-O1", "-w", "-fno-omit-frame-pointer", "-no-pie", "-fno-pie", "-z", "noexecstack"];
    execFileSync("gcc", [...flags, "-o", program, ...inputs], { stdio: ["ignore", "inherit", "inherit"] });
    t.is(execFileSync(program, { encoding: "utf8", timeout: 20_000 }), expected);
  });
});
