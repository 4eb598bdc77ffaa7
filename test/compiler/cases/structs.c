#include <stddef.h>
#include <stdio.h>
#include <string.h>
struct point { short x; long y; };
union word { unsigned long whole; unsigned half[2]; unsigned char byte[8]; };
struct shape {
  unsigned char kind; struct point origin; struct point corners[3]; struct shape *next, *links[2], **many; union word bits;
  _Bool flag; unsigned char name[5]; unsigned short grid[2][3]; int (*area)(struct shape *);
};
#ifdef KCC
int layout(unsigned long *); void fill(struct shape *, int); long walk(struct shape *); struct shape *owner(struct point *);
struct shape *corner_owner(struct point *); void copies(struct shape *, struct shape *); long pointers(struct shape *);
unsigned long table(struct shape **, unsigned long); long difference(unsigned short *, unsigned short *);
#else
int layout(unsigned long *o) {
  unsigned long v[] = { sizeof(struct shape), offsetof(struct shape, origin), offsetof(struct shape, corners), offsetof(struct shape, next),
    offsetof(struct shape, links), offsetof(struct shape, bits), offsetof(struct shape, name), offsetof(struct shape, grid),
    offsetof(struct shape, area), sizeof(struct point), sizeof(union word), sizeof(struct point[3]) };
  memcpy(o, v, sizeof v);
  return 12;
}
void fill(struct shape *s, int i) {
  s->kind = i + 250; s->origin.x = i * -3; s->origin.y = -1;
  for (int n = 0; n < 3; n++) { s->corners[n].x = n * 100; s->corners[n].y = n * i; }
  s->next = s; s->links[1] = s; s->bits.whole = 0x1122334455667788; s->bits.byte[1] = 0xee; s->flag = i > 3; s->grid[1][2] = 0xbeef;
  s->name[4] = 65;
}
long walk(struct shape *s) { return s->next->links[1]->corners[2].y + s->next->next->bits.half[1] + s->grid[1][2]; }
struct shape *owner(struct point *p) { return (struct shape *)((char *)p - offsetof(struct shape, origin)); }
struct shape *corner_owner(struct point *p) { return (struct shape *)((char *)(p - 1) - offsetof(struct shape, corners)); }
void copies(struct shape *a, struct shape *b) { *a = *b; a->origin = b->corners[1]; }
long pointers(struct shape *s) {
  s->origin.x = 77; s->corners[1].y += 5; s->kind++; int local = 12;
  return s->origin.x + s->corners[1].y + s->kind + local;
}
unsigned long table(struct shape **l, unsigned long n) { unsigned long s = 0; for (unsigned long i = 0; i < n; i++) if (l[i]) s += l[i]->bits.whole; return s; }
long difference(unsigned short *a, unsigned short *b) { return b - a; }
#endif
static void dump(struct shape *s, struct shape *base) {
  struct shape c = *s;
  c.next = (void *)((char *)c.next - (char *)base); c.links[1] = (void *)((char *)c.links[1] - (char *)base);
  printf("%d %d %ld | %d %ld %d %ld | %ld %ld | %lx %d %d %x\n", c.kind, c.origin.x, c.origin.y, c.corners[1].x, c.corners[1].y, c.corners[2].x,
    c.corners[2].y, (long)c.next, (long)c.links[1], c.bits.whole, c.flag, c.name[4], c.grid[1][2]);
}
int main(void) {
  unsigned long o[16];
  int n = layout(o);
  for (int i = 0; i < n; i++) printf("%lu ", o[i]);
  printf("\n");
  static struct shape a, b;
  for (int i = 0; i < 10; i += 5) { fill(&a, i); dump(&a, &a); printf("%ld\n", walk(&a)); printf("%ld\n", pointers(&a)); dump(&a, &a); }
  printf("%d %d\n", owner(&a.origin) == &a, corner_owner(&a.corners[1]) == &a);
  fill(&b, 9); copies(&a, &b); dump(&a, &b);
  struct shape *list[] = { &a, 0, &b };
  printf("%lx\n", table(list, 3));
  unsigned short w[10];
  printf("%ld %ld\n", difference(w, w + 7), difference(w + 7, w));
}
