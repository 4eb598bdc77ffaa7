// The ambient names of asm() blocks (docs/language.md, "Assembler"): registers, operand constructors, instructions, directives.
// They mean something only inside a block's body, which kcc reads as a list of instructions; it never runs on the host.
// test/compiler/x86/asm-names.test.ts compares this list with the instruction table.

declare const A: unique symbol;
interface asm_register<Bits extends number> {
  readonly [A]?: Bits;
  readonly [W]?: never;
}
interface asm_memory {
  readonly [A]?: "memory";
  readonly [W]?: never;
}
/** abs(symbol): memory or immediate, by where it stands. */
interface asm_absolute extends asm_memory {}
/** Registers, memory, constants, names of functions, variables and asm symbols, and labels as texts. */
type asm_operand = scalar;
/** Where a result goes. Tells the instructions add and xchg from the functions of these names. */
type asm_place = asm_register<number> | asm_memory;
type asm_address_register = asm_register<64> | asm_register<32>;

/**
 * A block of assembler code: a symbol of type function, with a size and without `__fentry__`. T is the C prototype under which
 * other code calls it. Default section .text, alignment 16.
 */
declare function asm<T>(name: string, body: () => void, options?: { section?: string; align?: number }): T;

// ---- registers ----
declare const rax: asm_register<64>,
  rcx: asm_register<64>,
  rdx: asm_register<64>,
  rbx: asm_register<64>,
  rsp: asm_register<64>,
  rbp: asm_register<64>,
  rsi: asm_register<64>,
  rdi: asm_register<64>;
declare const r8: asm_register<64>,
  r9: asm_register<64>,
  r10: asm_register<64>,
  r11: asm_register<64>,
  r12: asm_register<64>,
  r13: asm_register<64>,
  r14: asm_register<64>,
  r15: asm_register<64>;
declare const eax: asm_register<32>,
  ecx: asm_register<32>,
  edx: asm_register<32>,
  ebx: asm_register<32>,
  esp: asm_register<32>,
  ebp: asm_register<32>,
  esi: asm_register<32>,
  edi: asm_register<32>;
declare const r8d: asm_register<32>,
  r9d: asm_register<32>,
  r10d: asm_register<32>,
  r11d: asm_register<32>,
  r12d: asm_register<32>,
  r13d: asm_register<32>,
  r14d: asm_register<32>,
  r15d: asm_register<32>;
declare const ax: asm_register<16>,
  cx: asm_register<16>,
  dx: asm_register<16>,
  bx: asm_register<16>,
  sp: asm_register<16>,
  bp: asm_register<16>,
  si: asm_register<16>,
  di: asm_register<16>;
declare const r8w: asm_register<16>,
  r9w: asm_register<16>,
  r10w: asm_register<16>,
  r11w: asm_register<16>,
  r12w: asm_register<16>,
  r13w: asm_register<16>,
  r14w: asm_register<16>,
  r15w: asm_register<16>;
declare const al: asm_register<8>,
  cl: asm_register<8>,
  dl: asm_register<8>,
  bl: asm_register<8>,
  spl: asm_register<8>,
  bpl: asm_register<8>,
  sil: asm_register<8>,
  dil: asm_register<8>;
declare const r8b: asm_register<8>,
  r9b: asm_register<8>,
  r10b: asm_register<8>,
  r11b: asm_register<8>,
  r12b: asm_register<8>,
  r13b: asm_register<8>,
  r14b: asm_register<8>,
  r15b: asm_register<8>;
declare const ah: asm_register<8>, ch: asm_register<8>, dh: asm_register<8>, bh: asm_register<8>;
declare const es: asm_register<16>, cs: asm_register<16>, ss: asm_register<16>, ds: asm_register<16>;
declare const cr0: asm_register<64>, cr2: asm_register<64>, cr3: asm_register<64>, cr4: asm_register<64>, cr8: asm_register<64>;
declare const dr0: asm_register<64>,
  dr1: asm_register<64>,
  dr2: asm_register<64>,
  dr3: asm_register<64>,
  dr6: asm_register<64>,
  dr7: asm_register<64>;

// ---- operands ----
/** [base + disp]; the base may be a symbol's absolute address, or null. */
declare function mem(base?: asm_operand | null, disp?: number | asm_absolute): asm_memory;
/** [base + index * scale + disp] */
declare function mem(base: asm_operand | null, index: asm_address_register, scale?: number, disp?: number | asm_absolute): asm_memory;
/** [rip + symbol + offset]; a text is a label of the block. */
declare function rip(symbol: asm_operand, offset?: number): asm_memory;
/** The symbol's address + offset, sign-extended from 32 bits. */
declare function abs(symbol: asm_operand, offset?: number): asm_absolute;
/** The operand in the gs (fs) segment. As registers (mov, push, pop) the names stand alone. */
declare function gs(operand: asm_memory | number): asm_memory;
declare function fs(operand: asm_memory | number): asm_memory;
/** The operand's width, where no register says it. */
declare function byte(operand: asm_memory): asm_memory;
declare function word(operand: asm_memory): asm_memory;
declare function dword(operand: asm_memory): asm_memory;
declare function fword(operand: asm_memory): asm_memory;
declare function qword(operand: asm_memory): asm_memory;
declare function tbyte(operand: asm_memory): asm_memory;

// ---- directives ----
/** Defines a label of this block. */
declare function label(name: string): void;
/** Defines a further global symbol here. */
declare function symbol(name: string): void;
/** Pads with NOPs to a power of two. */
declare function align(bytes: number): void;
declare function bytes(...values: number[]): void;
declare function quad(...values: asm_operand[]): void;
declare function long(...values: asm_operand[]): void;
/** The five-byte NOP that ftrace writes. */
declare function nop5(): void;
/** `count` bytes of NOPs; without argument one byte. */
declare function nop(count?: number | asm_memory | asm_register<64> | asm_register<32> | asm_register<16>): void;
/** A fault at the instruction after label `insn` (which stands before its rep or lock) continues at `fixup`: an entry of __ex_table. */
declare function ex_table(insn: string, fixup: string): void;

// ---- instructions: destination first; cli, sti, hlt, rdtsc and ud2 are kcc.d.ts' ----
declare function mov(destination: asm_operand, source: asm_operand): void;
declare function movabs(destination: asm_operand, source: asm_operand): void;
declare function movzx(destination: asm_operand, source: asm_operand): void;
declare function movsx(destination: asm_operand, source: asm_operand): void;
declare function movsxd(destination: asm_operand, source: asm_operand): void;
declare function movslq(destination: asm_operand, source: asm_operand): void;
declare function movnti(destination: asm_operand, source: asm_operand): void;
declare function lea(destination: asm_operand, source: asm_operand): void;
declare function xchg(destination: asm_place, source: asm_operand): void;
declare function bswap(operand: asm_operand): void;
declare function push(operand: asm_operand): void;
declare function pop(operand: asm_operand): void;
declare function pushfq(): void;
declare function pushf(): void;
declare function popfq(): void;
declare function popf(): void;
declare function enter(destination: asm_operand, source: asm_operand): void;
declare function leave(): void;
declare function lahf(): void;
declare function sahf(): void;
declare function xlatb(): void;
declare function test(destination: asm_operand, source: asm_operand): void;
declare function imul(operand: asm_operand): void;
declare function imul(destination: asm_operand, source: asm_operand): void;
declare function imul(destination: asm_operand, source: asm_operand, count: asm_operand): void;
declare function shld(destination: asm_operand, source: asm_operand, count: asm_operand): void;
declare function shrd(destination: asm_operand, source: asm_operand, count: asm_operand): void;
declare function bsf(destination: asm_operand, source: asm_operand): void;
declare function bsr(destination: asm_operand, source: asm_operand): void;
declare function tzcnt(destination: asm_operand, source: asm_operand): void;
declare function lzcnt(destination: asm_operand, source: asm_operand): void;
declare function popcnt(destination: asm_operand, source: asm_operand): void;
declare function cmpxchg(destination: asm_operand, source: asm_operand): void;
declare function xadd(destination: asm_operand, source: asm_operand): void;
declare function cmpxchg8b(operand: asm_operand): void;
declare function cmpxchg16b(operand: asm_operand): void;
declare function cbw(): void;
declare function cwde(): void;
declare function cdqe(): void;
declare function cltq(): void;
declare function cwd(): void;
declare function cdq(): void;
declare function cqo(): void;
declare function cqto(): void;
declare function clc(): void;
declare function stc(): void;
declare function cmc(): void;
declare function cld(): void;
declare function std(): void;
declare function lock(): void;
declare function rep(): void;
declare function repe(): void;
declare function repz(): void;
declare function repne(): void;
declare function repnz(): void;
declare function movsb(): void;
declare function movsw(): void;
declare function movsd(): void;
declare function movsq(): void;
declare function cmpsb(): void;
declare function cmpsw(): void;
declare function cmpsd(): void;
declare function cmpsq(): void;
declare function stosb(): void;
declare function stosw(): void;
declare function stosd(): void;
declare function stosq(): void;
declare function lodsb(): void;
declare function lodsw(): void;
declare function lodsd(): void;
declare function lodsq(): void;
declare function scasb(): void;
declare function scasw(): void;
declare function scasd(): void;
declare function scasq(): void;
declare function insb(): void;
declare function insw(): void;
declare function insd(): void;
declare function outsb(): void;
declare function outsw(): void;
declare function outsd(): void;
declare function rdrand(operand: asm_operand): void;
declare function rdseed(operand: asm_operand): void;
declare function jmp(operand: asm_operand): void;
declare function call(operand: asm_operand): void;
declare function ljmp(operand: asm_operand): void;
declare function lcall(operand: asm_operand): void;
declare function loop(operand: asm_operand): void;
declare function loope(operand: asm_operand): void;
declare function loopz(operand: asm_operand): void;
declare function loopne(operand: asm_operand): void;
declare function loopnz(operand: asm_operand): void;
declare function jrcxz(operand: asm_operand): void;
declare function jecxz(operand: asm_operand): void;
declare function ret(): void;
declare function ret(operand: asm_operand): void;
declare function retf(): void;
declare function retf(operand: asm_operand): void;
declare function lret(): void;
declare function lret(operand: asm_operand): void;
declare function retfq(): void;
declare function lretq(): void;
declare function int_(operand: asm_operand): void;
declare function int1(): void;
declare function int3(): void;
declare function iret(): void;
declare function iretd(): void;
declare function iretq(): void;
declare function syscall(): void;
declare function sysretq(): void;
declare function sysretl(): void;
declare function sysret(): void;
declare function sysenter(): void;
declare function vmcall(): void;
declare function vmmcall(): void;
declare function endbr64(): void;
declare function pause(): void;
declare function swapgs(): void;
declare function rdmsr(): void;
declare function wrmsr(): void;
declare function rdtscp(): void;
declare function rdpmc(): void;
declare function cpuid(): void;
declare function in_(destination: asm_operand, source: asm_operand): void;
declare function out(destination: asm_operand, source: asm_operand): void;
declare function sgdt(operand: asm_operand): void;
declare function sidt(operand: asm_operand): void;
declare function lgdt(operand: asm_operand): void;
declare function lidt(operand: asm_operand): void;
declare function smsw(operand: asm_operand): void;
declare function lmsw(operand: asm_operand): void;
declare function invlpg(operand: asm_operand): void;
declare function sldt(operand: asm_operand): void;
declare function str(operand: asm_operand): void;
declare function lldt(operand: asm_operand): void;
declare function ltr(operand: asm_operand): void;
declare function verr(operand: asm_operand): void;
declare function verw(operand: asm_operand): void;
declare function clts(): void;
declare function invd(): void;
declare function wbinvd(): void;
declare function invpcid(destination: asm_operand, source: asm_operand): void;
declare function lfence(): void;
declare function mfence(): void;
declare function sfence(): void;
declare function clflush(operand: asm_operand): void;
declare function fxsave(operand: asm_operand): void;
declare function fxsave64(operand: asm_operand): void;
declare function fxrstor(operand: asm_operand): void;
declare function fxrstor64(operand: asm_operand): void;
declare function ldmxcsr(operand: asm_operand): void;
declare function stmxcsr(operand: asm_operand): void;
declare function fninit(): void;
declare function prefetchnta(operand: asm_operand): void;
declare function prefetcht0(operand: asm_operand): void;
declare function prefetcht1(operand: asm_operand): void;
declare function prefetcht2(operand: asm_operand): void;
declare function prefetchw(operand: asm_operand): void;
declare function rdfsbase(operand: asm_operand): void;
declare function rdgsbase(operand: asm_operand): void;
declare function wrfsbase(operand: asm_operand): void;
declare function wrgsbase(operand: asm_operand): void;
declare function stac(): void;
declare function clac(): void;
declare function xgetbv(): void;
declare function xsetbv(): void;
declare function monitor(): void;
declare function mwait(): void;
declare function add(destination: asm_place, source: asm_operand): void;
declare function or(destination: asm_operand, source: asm_operand): void;
declare function adc(destination: asm_operand, source: asm_operand): void;
declare function sbb(destination: asm_operand, source: asm_operand): void;
declare function and(destination: asm_operand, source: asm_operand): void;
declare function sub(destination: asm_operand, source: asm_operand): void;
declare function xor(destination: asm_operand, source: asm_operand): void;
declare function cmp(destination: asm_operand, source: asm_operand): void;
declare function not(operand: asm_operand): void;
declare function neg(operand: asm_operand): void;
declare function mul(operand: asm_operand): void;
declare function div(operand: asm_operand): void;
declare function idiv(operand: asm_operand): void;
declare function inc(operand: asm_operand): void;
declare function dec(operand: asm_operand): void;
declare function rol(destination: asm_operand, source: asm_operand): void;
declare function ror(destination: asm_operand, source: asm_operand): void;
declare function rcl(destination: asm_operand, source: asm_operand): void;
declare function rcr(destination: asm_operand, source: asm_operand): void;
declare function shl(destination: asm_operand, source: asm_operand): void;
declare function sal(destination: asm_operand, source: asm_operand): void;
declare function shr(destination: asm_operand, source: asm_operand): void;
declare function sar(destination: asm_operand, source: asm_operand): void;
declare function bt(destination: asm_operand, source: asm_operand): void;
declare function bts(destination: asm_operand, source: asm_operand): void;
declare function btr(destination: asm_operand, source: asm_operand): void;
declare function btc(destination: asm_operand, source: asm_operand): void;
declare function jo(operand: asm_operand): void;
declare function seto(operand: asm_operand): void;
declare function cmovo(destination: asm_operand, source: asm_operand): void;
declare function jno(operand: asm_operand): void;
declare function setno(operand: asm_operand): void;
declare function cmovno(destination: asm_operand, source: asm_operand): void;
declare function jb(operand: asm_operand): void;
declare function jc(operand: asm_operand): void;
declare function jnae(operand: asm_operand): void;
declare function setb(operand: asm_operand): void;
declare function setc(operand: asm_operand): void;
declare function setnae(operand: asm_operand): void;
declare function cmovb(destination: asm_operand, source: asm_operand): void;
declare function cmovc(destination: asm_operand, source: asm_operand): void;
declare function cmovnae(destination: asm_operand, source: asm_operand): void;
declare function jae(operand: asm_operand): void;
declare function jnb(operand: asm_operand): void;
declare function jnc(operand: asm_operand): void;
declare function setae(operand: asm_operand): void;
declare function setnb(operand: asm_operand): void;
declare function setnc(operand: asm_operand): void;
declare function cmovae(destination: asm_operand, source: asm_operand): void;
declare function cmovnb(destination: asm_operand, source: asm_operand): void;
declare function cmovnc(destination: asm_operand, source: asm_operand): void;
declare function je(operand: asm_operand): void;
declare function jz(operand: asm_operand): void;
declare function sete(operand: asm_operand): void;
declare function setz(operand: asm_operand): void;
declare function cmove(destination: asm_operand, source: asm_operand): void;
declare function cmovz(destination: asm_operand, source: asm_operand): void;
declare function jne(operand: asm_operand): void;
declare function jnz(operand: asm_operand): void;
declare function setne(operand: asm_operand): void;
declare function setnz(operand: asm_operand): void;
declare function cmovne(destination: asm_operand, source: asm_operand): void;
declare function cmovnz(destination: asm_operand, source: asm_operand): void;
declare function jbe(operand: asm_operand): void;
declare function jna(operand: asm_operand): void;
declare function setbe(operand: asm_operand): void;
declare function setna(operand: asm_operand): void;
declare function cmovbe(destination: asm_operand, source: asm_operand): void;
declare function cmovna(destination: asm_operand, source: asm_operand): void;
declare function ja(operand: asm_operand): void;
declare function jnbe(operand: asm_operand): void;
declare function seta(operand: asm_operand): void;
declare function setnbe(operand: asm_operand): void;
declare function cmova(destination: asm_operand, source: asm_operand): void;
declare function cmovnbe(destination: asm_operand, source: asm_operand): void;
declare function js(operand: asm_operand): void;
declare function sets(operand: asm_operand): void;
declare function cmovs(destination: asm_operand, source: asm_operand): void;
declare function jns(operand: asm_operand): void;
declare function setns(operand: asm_operand): void;
declare function cmovns(destination: asm_operand, source: asm_operand): void;
declare function jp(operand: asm_operand): void;
declare function jpe(operand: asm_operand): void;
declare function setp(operand: asm_operand): void;
declare function setpe(operand: asm_operand): void;
declare function cmovp(destination: asm_operand, source: asm_operand): void;
declare function cmovpe(destination: asm_operand, source: asm_operand): void;
declare function jnp(operand: asm_operand): void;
declare function jpo(operand: asm_operand): void;
declare function setnp(operand: asm_operand): void;
declare function setpo(operand: asm_operand): void;
declare function cmovnp(destination: asm_operand, source: asm_operand): void;
declare function cmovpo(destination: asm_operand, source: asm_operand): void;
declare function jl(operand: asm_operand): void;
declare function jnge(operand: asm_operand): void;
declare function setl(operand: asm_operand): void;
declare function setnge(operand: asm_operand): void;
declare function cmovl(destination: asm_operand, source: asm_operand): void;
declare function cmovnge(destination: asm_operand, source: asm_operand): void;
declare function jge(operand: asm_operand): void;
declare function jnl(operand: asm_operand): void;
declare function setge(operand: asm_operand): void;
declare function setnl(operand: asm_operand): void;
declare function cmovge(destination: asm_operand, source: asm_operand): void;
declare function cmovnl(destination: asm_operand, source: asm_operand): void;
declare function jle(operand: asm_operand): void;
declare function jng(operand: asm_operand): void;
declare function setle(operand: asm_operand): void;
declare function setng(operand: asm_operand): void;
declare function cmovle(destination: asm_operand, source: asm_operand): void;
declare function cmovng(destination: asm_operand, source: asm_operand): void;
declare function jg(operand: asm_operand): void;
declare function jnle(operand: asm_operand): void;
declare function setg(operand: asm_operand): void;
declare function setnle(operand: asm_operand): void;
declare function cmovg(destination: asm_operand, source: asm_operand): void;
declare function cmovnle(destination: asm_operand, source: asm_operand): void;
