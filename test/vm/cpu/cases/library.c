// memcpy and memset for mixed.c in the core.
#include <stddef.h>
void*memcpy(void*d,const void*s,size_t n){void*r=d;__asm__ volatile("rep movsb":"+D"(d),"+S"(s),"+c"(n)::"memory");return r;}
void*memset(void*d,int c,size_t n){void*r=d;__asm__ volatile("rep stosb":"+D"(d),"+c"(n):"a"(c):"memory");return r;}
