// Executes single instructions on the processor itself and tells what they did. Reads cases from stdin, writes results to
// stdout (struct in, struct out). Built and fed by generate.ts.
//
// The instruction stands at CODE + 0x800; all registers are loaded and saved through absolute addresses, so that no
// register, not even rsp, is lost to the runner.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define CODE 0x100000ul
#define DATA 0x200000ul
#define STATE 0x400000ul
#define WORDS 64
#define WINDOW (DATA + 0x300)

struct in { uint8_t code[16]; uint64_t regs[16]; uint64_t flags; uint64_t mem[WORDS]; };
struct out { uint64_t regs[16]; uint64_t flags; uint64_t mem[WORDS]; uint64_t outcome; };
struct state { uint64_t regs[16]; uint64_t flags; uint64_t host_rsp; uint64_t mark; };

static struct state *const state = (struct state *)STATE;
static sigjmp_buf back;
static uint8_t *p;

static void emit(const void *bytes, size_t n) { memcpy(p, bytes, n); p += n; }
// mov [disp32], r64 / mov r64, [disp32]
static void moffset(int opcode, int reg, uint32_t address) {
  uint8_t b[8] = { 0x48 | (reg >> 3 << 2), opcode, (reg & 7) << 3 | 4, 0x25 };
  memcpy(b + 4, &address, 4);
  emit(b, 8);
}
static void stack_op(uint8_t a, uint8_t modrm, uint32_t address) { // push/pop qword [disp32]
  uint8_t b[7] = { a, modrm, 0x25 };
  memcpy(b + 3, &address, 4);
  emit(b, 7);
}
static void mark(uint32_t n) { // mov dword [mark], n
  uint8_t b[11] = { 0xc7, 0x04, 0x25 };
  uint32_t address = STATE + offsetof(struct state, mark);
  memcpy(b + 3, &address, 4);
  memcpy(b + 7, &n, 4);
  emit(b, 11);
}
static void leave_code(void) {
  for (int r = 0; r < 16; r++) moffset(0x89, r, STATE + 8 * r);
  moffset(0x8b, 4, STATE + offsetof(struct state, host_rsp));
  emit("\x9c", 1);
  stack_op(0x8f, 0x04, STATE + offsetof(struct state, flags));
  emit("\xfc\x41\x5f\x41\x5e\x41\x5d\x41\x5c\x5d\x5b\xc3", 12); // cld; pop r15 r14 r13 r12 rbp rbx; ret
}
static void on_signal(int s) { siglongjmp(back, s); }

int main(void) {
  mmap((void *)CODE, 0x2000, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  mmap((void *)DATA, 0x1000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  mmap((void *)STATE, 0x1000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  static uint8_t alternate[65536];
  stack_t ss = { .ss_sp = alternate, .ss_size = sizeof alternate };
  sigaltstack(&ss, 0);
  struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK | SA_NODEFER };
  sigaction(SIGFPE, &sa, 0);
  sigaction(SIGSEGV, &sa, 0);
  sigaction(SIGBUS, &sa, 0);
  sigaction(SIGILL, &sa, 0);
  static struct in in;
  static struct out out;
  while (fread(&in, sizeof in, 1, stdin) == 1) {
    memset((void *)DATA, 0, 0x1000);
    memcpy((void *)WINDOW, in.mem, sizeof in.mem);
    memcpy(state->regs, in.regs, sizeof in.regs);
    state->flags = in.flags;
    p = (uint8_t *)CODE;
    emit("\x53\x55\x41\x54\x41\x55\x41\x56\x41\x57", 10); // push rbx rbp r12 r13 r14 r15
    moffset(0x89, 4, STATE + offsetof(struct state, host_rsp));
    stack_op(0xff, 0x34, STATE + offsetof(struct state, flags));
    emit("\x9d", 1);
    for (int r = 0; r < 16; r++) moffset(0x8b, r, STATE + 8 * r);
    int32_t distance = CODE + 0x800 - ((uintptr_t)p + 5);
    emit("\xe9", 1);
    emit(&distance, 4);
    p = (uint8_t *)CODE + 0x800;
    int n = in.code[15];
    emit(in.code, n);
    uint8_t *end = p;
    emit("\xeb\x3e", 2); // falls through: over the branch target's code, which is at end + 0x20
    p = end + 0x20;
    mark(2);
    emit("\xeb", 1);
    uint8_t *patch = p++;
    p = end + 0x40;
    mark(1);
    *patch = (uint8_t)(p - (patch + 1));
    leave_code();
    int s = sigsetjmp(back, 1);
    memset(&out, 0, sizeof out);
    if (!s) {
      ((void (*)(void))CODE)();
      memcpy(out.regs, state->regs, sizeof out.regs);
      out.flags = state->flags;
      out.outcome = state->mark == 2 ? 2 : 0;
    } else {
      asm volatile("cld");
      memcpy(out.regs, in.regs, sizeof out.regs);
      out.flags = in.flags;
      out.outcome = s == SIGFPE ? 1 : 100 + s;
    }
    memcpy(out.mem, (void *)WINDOW, sizeof out.mem);
    fwrite(&out, sizeof out, 1, stdout);
  }
  return 0;
}
