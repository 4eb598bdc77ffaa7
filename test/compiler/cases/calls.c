#include <stdarg.h>
#include <stdio.h>
typedef unsigned char u8; typedef signed char s8; typedef unsigned short u16; typedef short s16; typedef unsigned long u64;
#define SUM(name) long name(u8 a, s8 b, u16 c, s16 d, int e, u64 f, u8 g, s16 h, _Bool i, long j)
#define BODY { return a + b * 3 + c * 5 + d * 7 + (long)e * 11 + (long)f * 13 + g * 17 + h * 19 + (i ? 23 : 29) + j * 31; }
SUM(c_sum) BODY
u8 c_narrow(int x) { return x; }
s16 c_signed(int x) { return x; }
_Bool c_bool(int x) { return x & 4; }
int c_vformat(char *out, const char *fmt, va_list args) { return vsprintf(out, fmt, args); }
int c_format(char *out, const char *fmt, ...) { va_list ap; va_start(ap, fmt); int n = vsprintf(out, fmt, ap); va_end(ap); return n; }
#ifdef KCC
SUM(k_sum); u8 k_narrow(int); s16 k_signed(int); _Bool k_bool(int); long forward(int); long results(int); int apply(int (*)(int, int), int, int);
int own(int, int); long variadic(int, ...); int format(char *, int); int wrap(char *, const char *, ...); long many(int); int inlined(int); u64 recursive(u64);
#else
SUM(k_sum) BODY
u8 k_narrow(int x) { return x; }
s16 k_signed(int x) { return x; }
_Bool k_bool(int x) { return x & 2; }
long forward(int n) { return c_sum(n, n, n, n, n, n, n + 1, n * 3, n > 0, n) + k_sum(n, n, n, n, n, n, n + 1, n * 3, n > 0, n); }
long results(int n) { return c_narrow(n) * 1000 + c_signed(n) + (c_bool(n) ? 1 : 0); }
int apply(int (*f)(int, int), int a, int b) { return f(f(a, b), b); }
static int subtract(int a, int b) { return a - b; }
static int times(int a, int b) { return a * b; }
int own(int a, int b) { return apply(subtract, a, b) + apply(times, a, b) * 2; }
long variadic(int n, ...) {
  va_list ap; va_start(ap, n); long sum = 0;
  for (int i = 0; i < n; i++) switch (i & 3) {
    case 0: sum += va_arg(ap, int); break;
    case 1: sum += (long)va_arg(ap, u64) * 2; break;
    case 2: sum += va_arg(ap, char *)[0]; break;
    default: sum += (u8)va_arg(ap, int);
  }
  return sum;
}
int format(char *out, int n) { return sprintf(out, "%d %s %lx %c %d %d %d %d", n, "text", 0xffffffff81000000, 65, -7, (s16)n, 1, 65535); }
int wrap(char *out, const char *fmt, ...) { va_list ap; va_start(ap, fmt); int n = vsprintf(out, fmt, ap); va_end(ap); return n + 1000; }
long many(int n) { return variadic(9, n, (u64)n, "A", (u8)n, n + 1, (u64)(n + 1), "B", (u8)(n + 1), n + 2); }
static int clamp(int x, int l, int h) { return x < l ? l : x > h ? h : x; }
static int square(int x) { return x * x; }
int inlined(int x) {
  int i = x; int a = square(clamp(i++, -5, 50)); int b = square(clamp(i, 0, 3) + i); i++; int c = 2 * square(i);
  return a + b + c + i + 2000;
}
u64 recursive(u64 n) { return n < 2 ? n : recursive(n - 1) + recursive(n - 2); }
#endif
static int power(int a, int b) { return a * 10 + b; }
int main(void) {
  char out[200];
  // Arguments with garbage above their width.
  long (*sum)() = (long (*)())k_sum;
  for (int n = -70000; n < 70000; n += 9999) {
    printf("%ld %ld %d %d %d %ld\n", k_sum(n, n, n, n, n, n, n, n, n, n), sum(n, n, n, n, n, (long)n, n, n, n != 0, (long)n), k_narrow(n), k_signed(n), k_bool(n), forward(n));
    printf("%ld %d %d %ld %d\n", results(n), apply(power, n, 3), own(n, 7), many(n), inlined(n & 127));
    printf("%d %s\n", format(out, n), out);
    printf("%d %s\n", wrap(out, "%d %d %d %d %d %s", 1, 2, 3, n, 5, "six"), out);
  }
  printf("%ld %lu\n", variadic(7, 1, 2UL, "C", 300, 5, 6UL, "D"), recursive(20));
}
