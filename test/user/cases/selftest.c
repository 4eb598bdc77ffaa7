// What a program computes: integers of all widths, strings, sorting, a hash, memory from brk and mmap; whole results are printed.
#include "kelp-user.h"

static u64 seed = 42;
static u64 next(void) { seed ^= seed << 13; seed ^= seed >> 7; seed ^= seed << 17; return seed; }

static u32 crc(const u8 *p, u64 n) {
  u32 c = ~0u;
  while (n--) {
    c ^= *p++;
    for (int k = 0; k < 8; k++) c = c >> 1 ^ (0xedb88320 & -(c & 1));
  }
  return ~c;
}
static void sort(s64 *a, s64 n) {
  for (s64 gap = n / 2; gap; gap /= 2)
    for (s64 i = gap; i < n; i++)
      for (s64 j = i - gap; j >= 0 && a[j] > a[j + gap]; j -= gap) { s64 t = a[j]; a[j] = a[j + gap]; a[j + gap] = t; }
}
static u64 gcd(u64 a, u64 b) { return b ? gcd(b, a % b) : a; }

static int program(int argc, char **argv, char **envp) {
  (void)argc, (void)argv, (void)envp;
  u64 mix = 0;
  for (int i = 0; i < 2000; i++) {
    u64 a = next(), b = next() | 1;
    __int128 wide = (__int128)(s64)a * (s64)b;
    mix = mix * 31 + a / b + a % b + (u64)(wide >> 64) + (u64)((s64)a >> (b & 63)) + (a << (b & 63)) + (u64)(s64)(int)a + (u64)(short)a + (signed char)b;
    mix ^= (u32)a / ((u32)b | 1) + (u64)((int)a % ((int)(b & 0xffff) + 1)) + __builtin_ctzl(a | 1ul << 40) + __builtin_clzl(b);
    mix ^= __builtin_bswap64(a) + __builtin_bswap32(b) + (a < b) + ((s64)a < (s64)b) * 2 + (a >> 60 | a << 4);
  }
  print("integers %lx\n", mix);
  static s64 numbers[3000];
  for (int i = 0; i < 3000; i++) numbers[i] = next();
  sort(numbers, 3000);
  int ordered = 1;
  for (int i = 1; i < 3000; i++) ordered &= numbers[i - 1] <= numbers[i];
  print("sorted %d crc %x\n", ordered, crc((u8 *)numbers, sizeof numbers));
  print("crc of 123456789: %x, gcd %lu\n", crc((const u8 *)"123456789", 9), gcd(1071, 462));
  u64 brk = SYS(NR_brk, 0);
  print("the break begins on a page: %lu, grows %d, ", brk & 4095, SYS(NR_brk, brk + 100000) == (s64)(brk + 100000));
  for (u64 i = 0; i < 100000; i++) ((u8 *)brk)[i] = i * 7;
  print("crc %x, ", crc((u8 *)brk, 100000));
  print("shrinks %d\n", SYS(NR_brk, brk) == (s64)brk);
  u8 *area = (u8 *)SYS(NR_mmap, 0, 1 << 20, 3, 0x22, -1, 0);
  u64 sum = 0;
  for (u64 i = 0; i < 1 << 20; i++) sum += area[i];
  for (u64 i = 0; i < 1 << 20; i += 4096) area[i + (i >> 12)] = i >> 12;
  print("mmap is zero: %d, crc %x, ", sum == 0, crc(area, 1 << 20));
  print("hole %ld, again %ld\n", SYS(NR_munmap, area + 8192, 4096), SYS(NR_munmap, area + 8192, 4096));
  print("string copy ");
  char text[64];
  __builtin_memcpy(text, "static x86-64 programs in ring 3", 33);
  __asm__ volatile("std\n\tlea 31(%0), %%rsi\n\tlea 40(%0), %%rdi\n\tmov $32, %%ecx\n\trep movsb\n\tcld" : : "r"(text) : "rsi", "rdi", "rcx", "memory");
  print("%s\n", text + 9);
  int aux = 0;
  char **e = envp;
  while (*e) e++;
  for (u64 *a = (u64 *)(e + 1); a[0]; a += 2) aux |= a[0] == 6 ? (a[1] == 4096) << 0 : a[0] == 5 ? (a[1] > 0) << 1 : a[0] == 4 ? (a[1] == 56) << 2 : a[0] == 25 ? (a[1] != 0) << 3 : a[0] == 3 ? (a[1] > 0x400000) << 4 : a[0] == 9 ? (a[1] > 0x400000) << 5 : 0;
  print("auxiliary vector %x\n", aux);
  return 0;
}
