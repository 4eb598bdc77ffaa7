#include <stdio.h>
struct inner { unsigned char a; unsigned b; };
struct entry { const char *name; long value; int (*op)(int); struct inner in; struct inner *more, *one, **refs; unsigned char text[8]; };
#ifdef KCC
extern struct inner shared; extern struct entry entries[3]; extern unsigned short squares[8]; extern int sparse[6]; extern const char *words[3];
extern unsigned char matrix[2][3], title[10]; extern unsigned long big, zeroes[4], mask; extern short negative; extern _Bool truth;
extern unsigned short *pointer; extern struct entry *cursor; extern struct inner self;
long field(int); int local(int, long *); unsigned long colors(void); long set_cursor(int);
#else
static int twice(int x) { return x * 2; }
static int plus(int x) { return x + 3; }
struct inner shared = { 1, 0xdeadbeef };
struct entry entries[3] = {
  { "hello, world", -5, twice, { 7, 3 }, (struct inner[]){ { 1 }, { 0, 2 }, { 0 } }, &shared, (struct inner *[]){ &shared, &(struct inner){ 9 }, 0 }, "abc" },
  { 0, 0x80000000, plus }, { 0 } };
unsigned short squares[8] = { 0, 1, 4, 9, 16 }; int sparse[6] = { [3] = 33, [5] = -55 }; const char *words[3] = { "zero", "one", "two" };
unsigned char matrix[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } }, title[10] = "kelp\n\t";
unsigned long big = 0xffffffff81000001, zeroes[4], mask = ~2UL; short negative = -300; _Bool truth = 1;
unsigned short *pointer = squares; struct entry *cursor = &entries[1]; struct inner self = { 5, 2 };
long field(int i) { struct entry *e = &entries[i]; return e->value + (e->op ? e->op(10) : -1) + e->in.b + (e->more ? e->more[1].b : 100); }
int local(int x, long *out) {
  long v[] = { x, x + 1, 0, x + x * 2 + x * 2, (unsigned char)x + 3, '!', 1, 1 };
  for (int i = 0; i < 8; i++) out[i] = v[i];
  return 8;
}
unsigned long colors(void) { return 1 + 2 + 0x80000000UL + 16; }
long set_cursor(int i) { cursor = &entries[i]; return ++cursor->value; }
#endif
int main(void) {
  for (int i = 0; i < 3; i++) printf("%s %ld %d %d %u %s\n", entries[i].name ? entries[i].name : "-", entries[i].value, entries[i].op ? entries[i].op(5) : 0, entries[i].in.a, entries[i].in.b, entries[i].text);
  printf("%d %d %u %x %d %d\n", entries[0].more[0].a, entries[0].more[1].b, entries[0].more[2].b, entries[0].one->b, entries[0].refs[1]->a, entries[0].refs[2] == 0);
  printf("%d %d\n", entries[0].one == &shared, entries[0].refs[0] == &shared);
  for (int i = 0; i < 8; i++) printf("%d ", squares[i]);
  for (int i = 0; i < 6; i++) printf("%d ", sparse[i]);
  for (int i = 0; i < 3; i++) printf("%s %d %d ", words[i], matrix[0][i], matrix[1][i]);
  printf("%s %lx %d %d %d %d %lu %d %u %lx\n", title, big, negative, truth, pointer == squares, cursor == &entries[1], zeroes[3], self.a, self.b, mask);
  for (int i = 0; i < 3; i++) printf("%ld ", field(i));
  long out[8];
  for (int x = -1; x < 300; x += 150) { int n = local(x, out); for (int i = 0; i < n; i++) printf("%ld ", out[i]); }
  printf("%lu %ld %ld\n", colors(), set_cursor(2), set_cursor(2));
}
