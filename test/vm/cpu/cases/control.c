// Switch tables, computed goto, alloca, variable arguments, recursion, calls through tables, bit-fields, struct copies, string builtins.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
static uint64_t s;
static uint64_t nx(void){s+=0x9e3779b97f4a7c15;uint64_t z=s;z=(z^(z>>30))*0xbf58476d1ce4e5b9;return z^(z>>31);}
#define N __attribute__((noinline)) static uint64_t
N dense(unsigned k,uint64_t a){switch(k){case 0:return a+1;case 1:return a*3;case 2:return a^0x55;case 3:return a>>7;case 4:return ~a;case 5:return a-k;case 6:return a<<9;case 7:return a/7;case 8:return a%11;case 9:return -a;case 40:return 4;case 41:return a;case 42:return a|1;default:return k;}}
N sparse(int64_t k){switch(k){case -1000:return 1;case -7:return 2;case 0:return 3;case 199:return 4;case 100000:return 5;case 0x7fffffffffffffff:return 6;case 'a'...'f':return k-'a'+10;case '0'...'9':return k-'0';}return 7;}
N interpret(const uint8_t*p,uint64_t a){static const void*const t[]={&&add,&&mul,&&xor,&&rot,&&dup,&&end};uint64_t st[8]={a},*sp=st;goto*t[*p++];add:*sp+=17;goto*t[*p++];mul:*sp*=31;goto*t[*p++];xor:*sp^=*sp>>5;goto*t[*p++];rot:*sp=*sp<<7|*sp>>57;goto*t[*p++];dup:if(sp<st+7){sp[1]=*sp+1;sp++;}goto*t[*p++];end:return *sp+(sp-st);}
N stack(unsigned n,uint64_t a){uint8_t*p=__builtin_alloca(n*3+1);volatile uint32_t v[n+1];for(unsigned i=0;i<=n*3;i++)p[i]=a>>(i&31);for(unsigned i=0;i<=n;i++)v[i]=p[i]*a;uint64_t h=0;for(unsigned i=0;i<=n;i++)h=h*33+v[i]+p[i*2];return h;}
N sum(int n,...){va_list ap,bp;va_start(ap,n);va_copy(bp,ap);uint64_t h=0;for(int i=0;i<n;i++)h=h*7+(i&1?(uint64_t)va_arg(ap,int):va_arg(ap,uint64_t));h+=va_arg(bp,uint64_t);va_end(ap);va_end(bp);return h;}
N ackermann(uint64_t m,uint64_t n){return m==0?n+1:n==0?ackermann(m-1,1):ackermann(m-1,ackermann(m,n-1));}
N tail(uint64_t n,uint64_t a){return n==0?a:tail(n-1,a*3+n);}
N f1(uint64_t a){return a*5;}N f2(uint64_t a){return a^a>>9;}N f3(uint64_t a){return a-77;}
static uint64_t(*const table[])(uint64_t)={f1,f2,f3};
struct fields{unsigned a:3,b:7;int c:9;unsigned long long d:37;int e:1;unsigned f:31;signed char g:4;_Bool h:1;};
N fields(struct fields*p,uint64_t v){p->a+=v;p->b^=v>>3;p->c-=v>>5;p->d=p->d*3+v;p->e=v;p->f|=v>>9;p->g=p->a-p->c;p->h=p->b>p->a;return p->a+p->b*3+p->c*5ll+p->d*7+p->e*11+p->f*13ull+p->g*17+p->h;}
struct big{uint64_t q[13];uint8_t tail[5];};
N copies(struct big*a,struct big*b,int n){struct big t=*a;*a=*b;*b=t;b->q[n%13]+=n;static struct big z;if(n%5==0)*a=z;__builtin_memmove(a->q+1,a->q,(n&7)*8);return a->q[n%13]+b->tail[n%5];}
N strings(char*p,int n){__builtin_memset(p,'a'+n%26,64);p[n&63]=0;size_t l=0;while(p[l])l++;__builtin_memcpy(p+64,p,64);__builtin_memset(p+3,0,5);p[130]=1;uint64_t h=l;for(int i=0;i<131;i++)h=h*3+(signed char)p[i];__builtin_memcpy(p+7,p+70,33);return h+(p[8]<p[9])+*(uint16_t*)(p+11)+*(uint32_t*)(p+13);}
N nested(uint64_t a,uint64_t b,uint64_t c,uint64_t d,uint64_t e,uint64_t f,uint64_t g,uint32_t h,uint16_t i,uint8_t j){return a+b*2+c*3+d*4+e*5+f*6+g*7+h*8ull+i*9+j;}
uint64_t run(uint64_t seed){s=seed;uint64_t h=seed;static struct fields q;static struct big x,y;static char buf[160];for(int i=0;i<2500;i++){uint64_t v=nx();h=h*31+dense(v%50,v);h=h*31+sparse(i&1?(int64_t)(v%128):i&2?-7:100000);uint8_t p[8];for(int k=0;k<7;k++)p[k]=(v>>(k*4))%5;p[7]=5;h=h*31+interpret(p,v);
h=h*31+stack(v&31,v);h=h*31+sum(6,v,(int)v,v+1,-i,v+2,i);h=h*31+sum(9,v,1,v,2,v,3,v,4,v);h=h*31+table[v%3](v);h=h*31+fields(&q,v);x.q[i%13]^=v;y.tail[i%5]+=v;h=h*31+copies(&x,&y,i);h=h*31+strings(buf,i);h=h*31+nested(v,i,h,1,2,v>>3,v,v,v,v);}
return h*31+ackermann(2,9)+tail(1000,h);}
