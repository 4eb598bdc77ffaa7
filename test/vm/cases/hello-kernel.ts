// A kernel of one page: maps itself at its link address, prints, shows that data, rodata and start info are where they belong, powers off.
let counter: u64 = 40;
declare const high: u8[];
let stack: array<u8, 16384>;
const digits = "0123456789abcdef";
function put(c: u8): void { outb(c, 0x3f8); }
function puts(s: cstr): void { for (let i = 0; s[i] !== 0; i++) put(u8(s[i])); }
function hex(x: u64): void { for (let i = 60; i >= 0; i -= 4) put(u8(digits[(x >> u64(i)) & 15])); }
export function main_c(info: u64): void {
  puts("hello from kcc\n");
  counter += 2;
  hex(counter); puts(" "); hex(info); puts("\n");
  const p = at<u64[]>(info + 24);
  puts(at<cstr>(p[0])); puts("\n");
  outb(0, 0xf4);
  for (;;) hlt();
}
export const startup_64 = asm<() => never>("startup_64", () => {
  mov(qword(mem(0x5ff8)), 0xa003);
  mov(qword(mem(0xaff0)), 0x7003);
  mov(rax, abs(high));
  jmp(rax);
  symbol("high");
  lea(rsp, rip(stack, 16384));
  mov(rdi, rbx);
  call(main_c);
}, { section: ".head.text" });
export const __fentry__ = asm<() => void>("__fentry__", () => { ret(); });
