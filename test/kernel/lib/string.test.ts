// The kernel's string functions and number parsers against the C library's, natively, on random short strings.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { canRunNatively, compileToObject, kernelRoot, runWith, withDirectory } from "../../compiler/native.js";

/** Symbols of our objects get a prefix, so that both implementations live in one program. */
const driver = String.raw`
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#define K(r, name, ...) extern r k_##name(__VA_ARGS__);
K(void *, memcpy, void *, const void *, unsigned long) K(void *, memset, void *, int, unsigned long) K(void *, memmove, void *, const void *, unsigned long)
K(int, memcmp, const void *, const void *, unsigned long) K(unsigned long, strlen, const char *) K(unsigned long, strnlen, const char *, unsigned long)
K(int, strcmp, const char *, const char *) K(int, strncmp, const char *, const char *, unsigned long) K(int, strcasecmp, const char *, const char *)
K(char *, strchr, const char *, int) K(char *, strrchr, const char *, int) K(char *, strstr, const char *, const char *) K(char *, strpbrk, const char *, const char *)
K(unsigned long, strspn, const char *, const char *) K(unsigned long, strcspn, const char *, const char *) K(char *, strncpy, char *, const char *, unsigned long)
K(char *, strim, char *) K(long, strscpy, char *, const char *, unsigned long) K(unsigned char, sysfs_streq, const char *, const char *)
K(int, kstrtoll, const char *, unsigned, long *) K(int, kstrtoull, const char *, unsigned, unsigned long *) K(int, kstrtobool, const char *, unsigned char *)
__asm__(".globl k___fentry__\nk___fentry__: ret");
static unsigned seed = 1;
static unsigned rnd(void) { return seed = seed * 1103515245u + 12345u, seed >> 16; }
static void text(char *s) { int n = rnd() % 12; for (int i = 0; i < n; i++) s[i] = "abcAB x1"[rnd() % 8]; s[n] = 0; }
static int sign(int x) { return (x > 0) - (x < 0); }
static int bad;
#define SAME(what, x, y) do { long p = (long)(x), q = (long)(y); if (p != q) { bad++; printf("%s: %ld, libc %ld (\"%s\", \"%s\")\n", what, p, q, a, b); } } while (0)
int main(void)
{
	for (int i = 0; i < 20000; i++) {
		char a[32], b[32], c[64], d[64];
		text(a); text(b);
		unsigned n = rnd() % 14;
		SAME("strlen", k_strlen(a), strlen(a)); SAME("strnlen", k_strnlen(a, n), strnlen(a, n));
		SAME("strcmp", sign(k_strcmp(a, b)), sign(strcmp(a, b))); SAME("strncmp", sign(k_strncmp(a, b, n)), sign(strncmp(a, b, n)));
		SAME("strcasecmp", sign(k_strcasecmp(a, b)), sign(strcasecmp(a, b))); SAME("memcmp", sign(k_memcmp(a, b, n < 6 ? n : 6)), sign(memcmp(a, b, n < 6 ? n : 6)));
		SAME("strchr", k_strchr(a, b[0]), strchr(a, b[0])); SAME("strrchr", k_strrchr(a, b[0]), strrchr(a, b[0])); SAME("strstr", k_strstr(a, b), strstr(a, b));
		SAME("strpbrk", k_strpbrk(a, b), strpbrk(a, b)); SAME("strspn", k_strspn(a, b), strspn(a, b)); SAME("strcspn", k_strcspn(a, b), strcspn(a, b));
		for (int j = 0; j < 64; j++) c[j] = d[j] = (char)rnd();
		int from = rnd() % 24, to = rnd() % 24, len = rnd() % 40;
		k_memmove(c + to, c + from, len); memmove(d + to, d + from, len); SAME("memmove", memcmp(c, d, 64), 0);
		k_memset(c + from, a[0], len); memset(d + from, a[0], len); SAME("memset", memcmp(c, d, 64), 0);
		k_memcpy(c, a, n); memcpy(d, a, n); SAME("memcpy", memcmp(c, d, 64), 0);
		k_strncpy(c, a, n); strncpy(d, a, n); SAME("strncpy", memcmp(c, d, 64), 0);
	}
	printf("%d differences\n", bad);
	static const char *numbers[] = {"0", "12", "-12", "+5", "0x1f", "017", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616", "", "12a", "12\n", "12\n\n", " 1", "0x", "- 1", "09"};
	for (int i = 0; i < 20; i++) {
		long s = -7; unsigned long u = 7; int rs = k_kstrtoll(numbers[i], 0, &s), ru = k_kstrtoull(numbers[i], 0, &u);
		printf("%d:%ld %d:%lu; ", rs, rs ? 0 : s, ru, ru ? 0 : u);
	}
	puts("");
	static const char *bools[] = {"y", "Y", "1", "10", "true", "on", "n", "0", "01", "False", "off", "of", "2", "", "o", "-1", " 1", "enable"};
	for (int i = 0; i < 18; i++) { unsigned char v = 9; int r = k_kstrtobool(bools[i], &v); printf("%s=%d ", bools[i], r ? r : v); }
	puts("");
	char padded[] = "  two words \n"; puts(k_strim(padded));
	char small[4]; printf("%ld %s %ld\n", k_strscpy(small, "abcdef", 4), small, k_strscpy(small, "ab", 4));
	printf("%d%d%d%d\n", k_sysfs_streq("on", "on\n"), k_sysfs_streq("on\n", "on"), k_sysfs_streq("on", "off"), k_sysfs_streq("on", "on\n\n"));
	return 0;
}
`;

const run = canRunNatively ? test : test.skip;

run("string functions agree with the C library, number parsers with Linux's documented results", (t) => {
  withDirectory((directory) => {
    const objects = ["string", "kstrtox"].map((name) => {
      const path = join(directory, `${name}.o`);
      writeFileSync(path, compileToObject(join(kernelRoot, `lib/${name}.ts`), false));
      return path;
    });
    const prefixed = join(directory, "all.o");
    writeFileSync(join(directory, "driver.c"), driver);
    const out = runWith(directory, "strings", [join(directory, "driver.c"), ...prefix(directory, objects, prefixed)]);
    t.is(
      out,
      `0 differences
0:0 0:0; 0:12 0:12; 0:-12 -22:0; 0:5 0:5; 0:31 0:31; 0:15 0:15; 0:9223372036854775807 0:9223372036854775807; -34:0 0:9223372036854775808; 0:-9223372036854775808 -22:0; -34:0 -22:0; -34:0 0:18446744073709551615; -34:0 -34:0; -22:0 -22:0; -22:0 -22:0; 0:12 0:12; -22:0 -22:0; -22:0 -22:0; -22:0 -22:0; -22:0 -22:0; -22:0 -22:0; 
y=1 Y=1 1=1 10=1 true=1 on=1 n=0 0=0 01=0 False=0 off=0 of=0 2=-22 =-22 o=-22 -1=-22  1=-22 enable=-22 
two words
-7 abc 2
1100
`,
    );
  });
});

function prefix(directory: string, objects: readonly string[], to: string): string[] {
  execFileSync("ld", ["-r", "-o", to, ...objects]);
  execFileSync("objcopy", ["--prefix-symbols=k_", to]);
  return [join(directory, "all.o")];
}
