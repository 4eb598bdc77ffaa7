#include <stdio.h>
#ifdef KCC
extern unsigned char trace[64]; extern int used;
int circuits(int, int); int operand(const char *, int, int); int loops(int); int choose(long); int bytes(unsigned char); long ternary(unsigned char, long);
int comma(int); int order(int *, int);
#else
unsigned char trace[64]; int used;
static _Bool note(unsigned char c) { trace[used++] = c; return c > 64; }
int circuits(int a, int b) {
  int r = 0;
  if (a > 0 && note(a) && !note(b)) r |= 1;
  if (a < 0 || note(b) || note(1)) r |= 2;
  if (!(a == b || (a != 5 && b != 6))) r |= 4;
  _Bool both = a > 1 && b > 1, either = note(a) || b < 0;
  return r | (both ? 8 : 0) | (either ? 16 : 0);
}
int operand(const char *name, int n, int m) { const char *t = name ? name : "default"; return t[0] * 10000 + (n ? n : m) * 100 + (n ? m : 0); }
int loops(int n) {
  int sum = 0, k = n;
  for (int i = 0; i < n; i++) { if (i == 3) continue; if (i > 8) break; sum += i; }
  while (k > 0) { k -= 2; if (k % 3 == 0) sum += 100; }
  do sum++; while (sum < 10);
  for (int i = 0; ; i++) { for (int j = 0; ; j++) { if (j > i) break; if (i * j > n) return sum; sum += j; } }
}
int choose(long n) {
  int r = 0;
  switch (n) {
    case -1: r = 5;
    case 0: case 1: r += 1; break;
    case 0x100000000: return 64;
    case 7: r = 70; break;
    case 8: case 9: case 10: for (;;) { if (r > 3) break; r++; } r += 100; break;
    default: r = -1;
    case 1000: r -= 10;
  }
  return r;
}
int bytes(unsigned char n) { return n == 200 ? 1 : n == 255 ? 2 : n < 128 ? 3 : n == 128 ? 4 : 5; }
long ternary(unsigned char a, long b) { return a ? (b > 0 ? a : b) : b ? -b : 7; }
int comma(int n) { int a, b; for (a = 1, b = n; a < b; a++, b--) if (a * b > 100) return a * 1000 + b; a++; b--; return a * 10 + b; }
// JavaScript's order of evaluation, spelled out.
int order(int *p, int i) {
  int at = i; i++; p[at] = i; at = i; int left = p[i - 1], old = i; i++; p[at] = left + old * 10;
  int x = i; int a = x; x++; x++; x = a + x; a = x; int b = x; x++; x = a + b;
  return x * 100 + i;
}
#endif
int main(void) {
  for (int a = -2; a < 90; a += 23) for (int b = -5; b < 90; b += 31) printf("%d ", circuits(a, b) + (used > 50 ? used = 0 : 0));
  printf("%d %d %d\n", circuits(5, 6), circuits(6, 6), circuits(5, 5));
  for (int i = 0; i < 64; i++) printf("%d ", trace[i]);
  printf("\n%d %d %d\n", operand(0, 0, 7), operand("x", 3, 7), operand("", 3, 0));
  for (int n = -3; n < 14; n++) printf("%d %d %d ", loops(n), choose(n), comma(n));
  printf("%d %d %d\n", choose(1000), choose(0x100000000), choose(0x100000007));
  for (int n = 0; n < 512; n += 1) printf("%d", bytes(n));
  for (long b = -5; b < 6; b += 5) printf("\n%ld %ld %ld", ternary(0, b), ternary(3, b), ternary(255, b));
  int p[4] = { 0 };
  printf("\n%d ", order(p, 0)); printf("%d %d %d\n", p[0], p[1], p[2]);
}
