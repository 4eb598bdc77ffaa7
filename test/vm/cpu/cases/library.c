// memcpy, memset and memmove for the cases in the core.
#include <stddef.h>
void*memcpy(void*d,const void*s,size_t n){void*r=d;__asm__ volatile("rep movsb":"+D"(d),"+S"(s),"+c"(n)::"memory");return r;}
void*memset(void*d,int c,size_t n){void*r=d;__asm__ volatile("rep stosb":"+D"(d),"+c"(n):"a"(c):"memory");return r;}
void*memmove(void*d,const void*s,size_t n){char*a=d;const char*b=s;if(a<b)memcpy(d,s,n);else while(n--)a[n]=b[n];return d;}
