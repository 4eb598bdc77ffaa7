// The ambient types and intrinsics of kernel TypeScript. kcc and every editor check kernel and module sources against them
// (noLib). docs/language.md explains each; the compiler gives them their meaning.

interface Array<T> {
  [i: number]: T;
}
interface String {
  readonly [i: number]: u8;
}
interface Boolean {}
interface Number {}
interface Object {}
interface RegExp {}
interface IArguments {}
interface Function {}
interface CallableFunction extends Function {}
interface NewableFunction extends Function {}

declare const K: unique symbol;
declare const W: unique symbol;
declare const E: unique symbol;
type Num<N> = number & { readonly [W]?: N };
type u8 = Num<"u8">;
type u16 = Num<"u16">;
type u32 = Num<"u32">;
type u64 = Num<"u64">;
type s8 = Num<"s8">;
type s16 = Num<"s16">;
type int = Num<"int">;
type s64 = Num<"s64">;
type bool = boolean;

/** Base of every struct: `interface klp_func extends struct<"klp_func"> { old_name?: cstr; … }`. */
interface struct<Name extends string> {
  readonly [K]?: Name;
}
/** Base of every union: all fields at offset 0. */
interface union<Name extends string> {
  readonly [K]?: Name;
}
/** A field (or variable) that holds the struct itself; an unmarked struct-typed field is a pointer. */
type embed<T> = T & { readonly [E]?: 1 };
/** `T x[N]` in place; `T[]` alone is `T *` (for a struct T: the structs lie one after the other). */
type array<T, N extends number> = T[] & { readonly [E]?: N };
/** `ref<task_struct>[]`: an array of pointers. */
type ref<T> = T & { readonly [E]?: "*" };
/** const char * */
type cstr = string | u8[];
/** void *: everything but integers goes in; out by `as T`. */
type ptr = (object & { readonly [W]?: never }) | string;
/** Any code pointer. */
type fn = (...args: never[]) => unknown;
type scalar = number | boolean | ptr;

declare function u8(x: scalar): u8;
declare function u16(x: scalar): u16;
declare function u32(x: scalar): u32;
declare function u64(x: scalar): u64;
declare function s8(x: scalar): s8;
declare function s16(x: scalar): s16;
declare function int(x: scalar): int;
declare function s64(x: scalar): s64;
/** &x of a scalar or pointer variable, field or element; [0] reads and writes it. */
declare function addr<T>(lvalue: T): T[];
/** p + n, in elements. */
declare function add<T>(p: T[], n: number): T[];
/** (T)address: struct, array or function at a numeric address. */
declare function at<T>(address: number): T;
declare function sizeof<T>(): u64;
declare function offsetof<T>(field: keyof T): u64;
declare function container_of<T>(p: ptr, field: keyof T): T;
/** *to = *from, for structs. */
declare function copy<T extends ptr>(to: T, from: T): void;

/** The psABI's va_list: declare the last parameter `...args: va_list`; `va_arg<T>(args)` takes the next argument. */
interface va_list extends Array<scalar> {
  readonly [K]?: "va_list";
}
declare function va_arg<T>(args: va_list): T;

// ---- memory order and lock-prefixed operations (any width; the pointer is made with addr()) ----
declare function READ_ONCE<T>(lvalue: T): T;
declare function WRITE_ONCE<T>(lvalue: T, value: T): void;
declare function barrier(): void;
declare function mb(): void;
declare function xchg<T>(p: T[], value: T): T;
/** Returns the old value; the exchange happened if it equals `expected`. */
declare function cmpxchg<T>(p: T[], expected: T, value: T): T;
/** lock xadd: returns the old value. */
declare function fetch_add<T extends number>(p: T[], n: T): T;
declare function lock_or<T extends number>(p: T[], bits: T): void;
declare function lock_and<T extends number>(p: T[], bits: T): void;
declare function lock_inc<T extends number>(p: T[]): void;
/** lock dec; true if the result is zero. */
declare function lock_dec_and_test<T extends number>(p: T[]): bool;
/** lock bts / btr on a bit string; the old bit. */
declare function test_and_set_bit(nr: number, p: u64[]): bool;
declare function test_and_clear_bit(nr: number, p: u64[]): bool;
/** Index of the lowest / highest set bit; undefined for 0. */
declare function ctz64(x: u64): int;
declare function fls64_nonzero(x: u64): int;
declare function popcount64(x: u64): int;
declare function bswap32(x: u32): u32;
declare function bswap64(x: u64): u64;
/** memset / memcpy by rep stosb / rep movsb, in place. */
declare function rep_stosb(to: ptr, byte: u8, count: u64): void;
declare function rep_movsb(to: ptr, from: ptr, count: u64): void;

// ---- per-CPU variables: declare with percpu(x); see docs/language.md ----
declare function this_cpu_read<T>(variable: T): T;
declare function this_cpu_write<T>(variable: T, value: T): void;
declare function this_cpu_add<T extends number>(variable: T, n: T): void;
/** Address of this CPU's instance, as a generic address. */
declare function this_cpu_ptr<T>(variable: T): T[];
/** Address of an embedded struct's or array's instance on this CPU: the struct or array itself. */
declare function this_cpu_struct<T>(variable: T): T;
/** The offset to add to a per-CPU variable's address for this CPU (the gs base). */
declare function this_cpu_offset(): u64;

// ---- the machine ----
declare function inb(port: u16): u8;
declare function inw(port: u16): u16;
declare function inl(port: u16): u32;
declare function outb(value: u8, port: u16): void;
declare function outw(value: u16, port: u16): void;
declare function outl(value: u32, port: u16): void;
declare function rdmsr(msr: u32): u64;
declare function wrmsr(msr: u32, value: u64): void;
declare function rdtsc(): u64;
declare function cpuid(leaf: u32, subleaf: u32, regs: u32[]): void; // regs[0..3] = eax, ebx, ecx, edx
declare function read_cr0(): u64;
declare function read_cr2(): u64;
declare function read_cr3(): u64;
declare function read_cr4(): u64;
declare function write_cr0(x: u64): void;
declare function write_cr3(x: u64): void;
declare function write_cr4(x: u64): void;
declare function invlpg(address: u64): void;
declare function lgdt(pseudo_descriptor: ptr): void;
declare function lidt(pseudo_descriptor: ptr): void;
declare function ltr(selector: u16): void;
/** pushfq; pop */
declare function read_rflags(): u64;
/** push; popfq */
declare function write_rflags(flags: u64): void;
declare function cli(): void;
declare function sti(): void;
declare function hlt(): void;
/** sti; hlt with nothing between: the idle loop's way to sleep without losing a wake-up. */
declare function sti_hlt(): void;
declare function cpu_relax(): void; // pause
declare function ud2(): never;
/** This function's return address, frame address, and caller's return address by frame pointer. */
declare function return_address(): u64;
declare function frame_address(): u64;
declare function stack_pointer(): u64;

// ---- attributes: calls at the top level of a file ----
declare function notrace(f: fn): void; // no __fentry__ call
declare function notrace_file(): void; // notrace for every function of this file
declare function noinline(f: fn): void;
declare function inline(f: fn): void; // expanded at its calls, not traceable
declare function init(f: fn): void; // .init.text: freed after boot or module init
declare function exit(f: fn): void; // .exit.text
declare function global(symbol: unknown): void; // external linkage for something not exported from the file
declare function tail_call(f: fn): void; // calls in return position of f become jumps
declare function noframe(f: fn): void; // no frame pointer
declare function aligned(symbol: unknown, bytes: number): void;
declare function section(symbol: unknown, name: string): void;
declare function percpu(variable: unknown): void;
declare function kprobe_blacklist(f: fn): void; // .kprobes.text
declare function EXPORT_SYMBOL(symbol: unknown): void;
declare function EXPORT_SYMBOL_GPL(symbol: unknown): void;

// ---- module metadata ----
declare function module_init(f: () => int): void;
declare function module_exit(f: () => void): void;
declare function MODULE_LICENSE(text: string): void;
declare function MODULE_AUTHOR(text: string): void;
declare function MODULE_DESCRIPTION(text: string): void;
declare function MODULE_VERSION(text: string): void;
declare function MODULE_ALIAS(text: string): void;
declare function MODULE_INFO(key: string, value: string): void;
/** type: "int" "uint" "long" "ulong" "bool" "charp" "short" "ushort" "byte"; checked against the variable's type. */
declare function module_param(variable: unknown, type: string, mode: number): void;
declare function module_param_named(name: string, variable: unknown, type: string, mode: number): void;
/** count: a variable that receives the number of elements given, or null. */
declare function module_param_array(variable: unknown, type: string, count: unknown, mode: number): void;
/** The long form: ops is a kernel_param_ops, arg its argument. */
declare function module_param_cb(name: string, ops: ptr, arg: ptr, mode: number): void;
declare function MODULE_PARM_DESC(variable: unknown, text: string): void;
/** The module that this file is compiled into; null in the kernel itself. */
declare const THIS_MODULE: import("../linux/module").module;
/** Name of the module (the kernel's files: "kernel"), for pr_fmt. */
declare const KBUILD_MODNAME: string;
/** 1 in a module's files, 0 elsewhere: modules are the same for all images, so what an image may check they leave to the kernel's functions. */
declare const MODULE: int;
/** This place: the file as Linux would name it, and the line. */
declare const __FILE__: cstr;
declare const __LINE__: int;

// ---- the image's configuration: integer constants of images/NAME.config, 0 where an image does not set them ----
/** Refuse to unmap a module's memory while anything leads into it (kernel/module/unload-proof.ts). */
declare const CONFIG_MODULE_UNLOAD_PROOF: int;
/** Check neighbours at each change of a list (lib/list_debug.ts). */
declare const CONFIG_DEBUG_LIST: int;
/** Check spinlocks: who holds them, twice taken, not held, of no lock (kernel/locking/spinlock_debug.ts). */
declare const CONFIG_DEBUG_SPINLOCK: int;
/** Tell of a function that may sleep called where nobody may (kernel/sched/might-sleep.ts). */
declare const CONFIG_DEBUG_ATOMIC_SLEEP: int;
/** Check run queues and wait queues. */
declare const CONFIG_SCHED_DEBUG: int;
/** Poison freed memory and look whether it stays so (mm/slab.ts). */
declare const CONFIG_SLUB_DEBUG_ON: int;

// ---- messages: the level and the file's pr_fmt are prepended to the literal; see docs/language.md ----
declare function pr_emerg(format: string, ...args: scalar[]): int;
declare function pr_alert(format: string, ...args: scalar[]): int;
declare function pr_crit(format: string, ...args: scalar[]): int;
declare function pr_err(format: string, ...args: scalar[]): int;
declare function pr_warn(format: string, ...args: scalar[]): int;
declare function pr_notice(format: string, ...args: scalar[]): int;
declare function pr_info(format: string, ...args: scalar[]): int;
declare function pr_cont(format: string, ...args: scalar[]): int;
declare function pr_debug(format: string, ...args: scalar[]): int;
