// Integer code of many kinds in one function; gcc.test.ts compares what it gives in the core and on the processor.
#include <stdint.h>
#include <stddef.h>
static uint64_t s[4]={1,2,3,4};
static inline uint64_t rotl(uint64_t x,int k){return (x<<k)|(x>>(64-k));}
static uint64_t nx(void){uint64_t r=rotl(s[1]*5,7)*9,t=s[1]<<17;s[2]^=s[0];s[3]^=s[1];s[1]^=s[2];s[0]^=s[3];s[2]^=t;s[3]=rotl(s[3],45);return r;}
static int cmp(const uint32_t*a,const uint32_t*b){return *a<*b?-1:*a>*b;}
static void sort(uint32_t*v,int n){for(int g=n/2;g;g/=2)for(int i=g;i<n;i++){uint32_t t=v[i];int j=i;for(;j>=g&&cmp(&t,&v[j-g])<0;j-=g)v[j]=v[j-g];v[j]=t;}}
static uint32_t crc(const uint8_t*p,size_t n){uint32_t c=~0u;while(n--){c^=*p++;for(int k=0;k<8;k++)c=c&1?(c>>1)^0xedb88320:c>>1;}return ~c;}
static size_t fmt(char*b,int64_t v,unsigned base){char t[70];int i=0;uint64_t u=v<0?-(uint64_t)v:v;do t[i++]="0123456789abcdef"[u%base];while(u/=base);size_t n=0;if(v<0)b[n++]='-';while(i)b[n++]=t[--i];return n;}
__attribute__((noinline)) static int64_t sw(int k,int64_t a,int64_t b){switch(k&15){case 0:return a+b;case 1:return a-b;case 2:return a*b;case 3:return b?a/(b|1):0;case 4:return a%(b|1);case 5:return a<<(b&63);case 6:return a>>(b&63);case 7:return __builtin_popcountll(a^b);case 8:return (int32_t)a*(int64_t)(int32_t)b;case 9:return (uint8_t)a*(int8_t)b;case 10:return __builtin_bswap64(a);case 11:return a<b?a:b;case 12:return (uint64_t)a<(uint64_t)b;case 13:return ((unsigned __int128)(uint64_t)a*(uint64_t)b)>>64;case 14:return (int16_t)a/(int16_t)(b|1);default:return __builtin_clzll(a|1)+__builtin_ctzll(b|(1ull<<40));}}
struct st{uint16_t a:5,b:11;int8_t c;uint32_t d;}__attribute__((packed));
uint64_t run(uint64_t seed){uint64_t h=seed;s[0]^=seed;static uint32_t v[512];static uint8_t buf[2048];static struct st q[64];
for(int r=0;r<20;r++){for(int i=0;i<512;i++)v[i]=nx();sort(v,512);for(int i=0;i<512;i++)h=h*31+v[i];
for(int i=0;i<300;i++){h^=sw(i,nx(),nx()>>(i&31));h=rotl(h,9);}
size_t n=0;for(int i=0;i<40;i++)n+=fmt((char*)buf+n,(int64_t)nx()>>(i&40),i&1?10:16);h+=crc(buf,n);
for(int i=0;i<64;i++){q[i].a+=nx();q[i].b^=nx();q[i].c-=q[(i*7)&63].c+i;q[i].d+=q[i].a*q[i].b;h=h*17+q[i].d+q[i].c;}
__builtin_memcpy(buf+1033,buf,1000);__builtin_memset(buf,r,37);h+=crc(buf,2048);
unsigned char*e=__atomic_load_n(&(unsigned char*){buf},0);__atomic_fetch_add((uint64_t*)buf,h,5);uint64_t x=h;__atomic_compare_exchange_n((uint64_t*)(buf+8),&x,h,0,5,5);h^=x+*e;}
return h;}
