#include <stdio.h>
#include <string.h>
typedef unsigned long u64;
struct counter { unsigned char a; unsigned short b; unsigned c; u64 d; int e; };
#ifdef KCC
extern struct counter scratch;
int atomics(struct counter *, u64 *); int bits(u64 *, u64 *); void strings(unsigned char *, unsigned char *, u64); u64 once(struct counter *); u64 spin(u64);
#else
struct counter scratch;
int atomics(struct counter *p, u64 *out) {
  out[0] = p->c; p->c = 7; out[1] = p->d; if (p->d == 5) p->d = 99; out[2] = p->d; if (p->d == 5) p->d = 100;
  out[3] = p->a; p->a += 3; out[4] = (u64)p->e; p->e -= 10; p->b |= 0x8001; p->b &= 0xf00f; p->c++; out[5] = --p->c == 0; p->e = 1; out[6] = --p->e == 0;
  return 7;
}
int bits(u64 *m, u64 *o) {
  o[0] = m[1] >> 6 & 1; m[1] |= 64; o[1] = 1; o[2] = 1; m[1] &= ~64UL; o[3] = m[0] >> 3 & 1; m[0] &= ~8UL;
  o[4] = 8 + 6300 + 160000; o[5] = 0x44332211; o[6] = 0x8877665544332211; return 7;
}
void strings(unsigned char *to, unsigned char *from, u64 n) { memcpy(to, from, n); memset(to + 3, 42, 2); }
u64 once(struct counter *p) { p->c++; return (u64)p->c + p->a; }
u64 spin(u64 n) {
  u64 a = n + 1, b = n * 3, c = n ^ 0xff, d = n << 3, e = n - 9, f = n | 0x100, g = n / 3, h = n % 7, i = n & 0xf0, j = ~n, m = once(&scratch);
  return a + b * c + d * e + f * g + h * i + j * m + a * j + b * h + c * g + d * i + e * f;
}
#endif
int main(void) {
  struct counter c = { 250, 0x1234, 0xffffffff, 5, 4 };
  u64 out[8], map[2] = { 0xff, 0 };
  for (int r = 0; r < 3; r++) {
    int n = atomics(&c, out);
    for (int i = 0; i < n; i++) printf("%lx ", out[i]);
    printf("| %d %x %x %lx %d %lx\n", c.a, c.b, c.c, c.d, c.e, once(&c));
    n = bits(map, out);
    for (int i = 0; i < n; i++) printf("%lx ", out[i]);
    printf("| %lx %lx\n", map[0], map[1]);
  }
  unsigned char to[16] = { 0 }, from[] = "hello, world";
  strings(to, from, 9);
  printf("%s %lx %lx %x\n", to, spin(12345), spin(0), scratch.c);
}
