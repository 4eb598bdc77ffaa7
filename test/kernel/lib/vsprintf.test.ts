// The kernel's printf against the C library's, natively: every flag, width and precision of the formats that both know; and the kernel's
// own pointer formats against the text that Linux documents (Documentation/core-api/printk-formats.rst).

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { canRunNatively, compileToObject, kernelRoot, runWith, withDirectory } from "../../compiler/native.js";

const driver = String.raw`
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int (*libc_snprintf)(char *, size_t, const char *, ...);
void *kmalloc(unsigned long n, unsigned flags) { return malloc(n); }
int sprint_symbol(char *to, unsigned long a) { return sprintf(to, "sym+0x%lx/0x100", a & 255); }
int sprint_symbol_no_offset(char *to, unsigned long a) { return sprintf(to, "sym"); }
int sprint_backtrace(char *to, unsigned long a) { return sprintf(to, "back+0x%lx/0x100", a & 255); }
extern int snprintf(char *, size_t, const char *, ...);
extern int scnprintf(char *, size_t, const char *, ...);
static int bad, count;
#define CHECK(size, ...) do { char a[128], b[128]; memset(a, 'x', 128); memset(b, 'x', 128); \
	int m = snprintf(a, size, __VA_ARGS__), n = libc_snprintf(b, size, __VA_ARGS__); count++; \
	if (m != n || memcmp(a, b, 128)) { bad++; printf("%s: %d \"%s\", libc %d \"%s\"\n", #__VA_ARGS__, m, a, n, b); } } while (0)
int main(void)
{
	libc_snprintf = dlsym(RTLD_NEXT, "snprintf");
	static const char *flags[] = {"", "-", "+", " ", "0", "#", "-#", "+0", "#0", " 0", "-+"};
	static const char *sizes[] = {"", "1", "5", "12", "24", ".0", ".1", ".7", "9.4", "4.9", "20.20"};
	static const char *kinds[] = {"d", "u", "x", "X", "o", "i"};
	static const long values[] = {0, 1, -1, 7, 255, -12345, 2147483647, -2147483648L, 4294967295L, 9223372036854775807L, -9223372036854775807L - 1};
	for (int f = 0; f < 11; f++) for (int s = 0; s < 11; s++) for (int k = 0; k < 6; k++) for (int v = 0; v < 11; v++) {
		static const char *widths[] = {"hh", "h", "", "l", "ll", "z"};
		for (int w = 0; w < 6; w++) {
			char format[40];
			sprintf(format, "<%%%s%s%s%s>", flags[f], sizes[s], widths[w], kinds[k]);
			long x = w == 0 ? (signed char)values[v] : w == 1 ? (short)values[v] : w == 2 ? (int)values[v] : values[v];
			/* Not compared: # in octal and with zero, where the kernel always writes the prefix; and a zero with precision 0, which C leaves out. */
			if (strchr(flags[f], '#') && (x == 0 || kinds[k][0] == 'o')) continue;
			if (x == 0 && strstr(sizes[s], ".0")) continue;
			CHECK(128, format, values[v]);
		}
	}
	CHECK(128, "%s|%10s|%-10s|%.3s|%-8.2s|%.*s|%*s", "abc", "abc", "abc", "abcdef", "abcdef", 2, "xyz", 6, "q");
	CHECK(128, "%c%c%5c|%-5c|%%", 'a', 'b', 'c', 'd');
	CHECK(5, "%s", "longer than five");
	CHECK(1, "%d", 12345);
	CHECK(128, "%*d|%-*d|%*d", 8, 42, 8, 42, -8, 42);
	CHECK(128, "%lu %llx %zd %hhu", 18446744073709551615ul, 0xfedcba9876543210ull, (long)-3, 300);
	printf("%s, %d differ\n", count > 40000 ? "all formats" : "too few", bad);
	char out[200];
	unsigned char bytes[] = {0x0f, 0x1f, 0x44, 0, 0};
	snprintf(out, 200, "%px %pK %pS %ps %pB %*ph %*phC %*phN", (void *)0x1234, (void *)0xffffffff81000000, (void *)0x10, (void *)0x10, (void *)0x20, 5, bytes, 3, bytes, 3, bytes);
	puts(out);
	snprintf(out, 200, "%p %s", (void *)0, (char *)0);
	puts(out);
	printf("%d\n", scnprintf(out, 4, "%s", "abcdef"));
	return 0;
}
`;

const run = canRunNatively ? test : test.skip;

run("printf formats numbers and strings as the C library does, and pointers as Linux documents", (t) => {
  withDirectory((directory) => {
    writeFileSync(join(directory, "vsprintf.o"), compileToObject(join(kernelRoot, "lib/vsprintf.ts"), false));
    writeFileSync(join(directory, "driver.c"), driver);
    const out = runWith(directory, "vsprintf", [join(directory, "driver.c"), join(directory, "vsprintf.o"), "-ldl"]);
    t.is(
      out,
      `all formats, 0 differ
0000000000001234 ffffffff81000000 sym+0x10/0x100 sym back+0x20/0x100 0f 1f 44 00 00 0f:1f:44 0f1f44
0000000000000000 (null)
3
`,
    );
  });
});
