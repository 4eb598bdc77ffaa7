// Bit builtins of all widths, byte swaps, idioms that have BMI instructions, crc32 and carries where the options allow them.
#include <stdint.h>
static uint64_t s;
static uint64_t nx(void){s+=0x9e3779b97f4a7c15;uint64_t z=s;z=(z^(z>>30))*0xbf58476d1ce4e5b9;z=(z^(z>>27))*0x94d049bb133111eb;return (z^(z>>31))>>(z&63);}
#define N __attribute__((noinline)) static uint64_t
N counts(uint64_t a){uint32_t b=a;uint16_t c=a;return __builtin_popcountll(a)+__builtin_popcount(b)*3+__builtin_popcount(c)*5+__builtin_parityll(a)*7+__builtin_parity(b)*11+__builtin_ffsll(a)*13+__builtin_ffs(b)*17+__builtin_clrsbll(a)*19+__builtin_clrsb(b)*23;}
N scans(uint64_t a){uint32_t b=a;return (a?__builtin_ctzll(a)+__builtin_clzll(a)*3:64)+(b?__builtin_ctz(b)*5+__builtin_clz(b)*7:32)+(63^__builtin_clzll(a|1))*11+(31^__builtin_clz(b|1))*13;}
N swaps(uint64_t a,uint8_t*p){uint64_t x=__builtin_bswap64(*(uint64_t*)p);*(uint64_t*)(p+8)=__builtin_bswap64(a);uint32_t y=__builtin_bswap32(*(uint32_t*)(p+3));*(uint32_t*)(p+16)=__builtin_bswap32(a);uint16_t z=__builtin_bswap16(*(uint16_t*)(p+5));*(uint16_t*)(p+20)=__builtin_bswap16(a);return __builtin_bswap64(a)^x^__builtin_bswap32(a)^y^__builtin_bswap16(a)^z;}
N idioms(uint64_t a,uint64_t b){uint32_t c=a,d=b;uint64_t h=a&(a-1);h=h*3+(a&-a);h=h*3+(a^(a-1));h=h*3+(~a&b);h=h*3+(c&(c-1))+(c&-c)+(c^(c-1))+(~c&d);h=h*3+(a&((1ull<<(b&63))-1));h=h*3+((a>>(b&31))&0xfff);
h=h*3+(a<<(b&63))+(a>>(b&63))+((int64_t)a>>(b&63));h=h*3+(c<<(d&31))+(c>>(d&31))+((int32_t)c>>(d&31));h=h*3+(a>>13|a<<51)+(c>>7|c<<25);if(!(a&(a-1)))h++;if(!(~a&b))h+=2;return h+(((unsigned __int128)a*b)>>64)+((uint64_t)c*d>>32);}
N bits(uint64_t*w,uint64_t n){uint64_t h=w[n>>6&7]>>(n&63)&1;w[n>>6&7]|=1ull<<(n&63);n=n*7+5;w[n>>6&7]&=~(1ull<<(n&63));n=n*3+1;w[n>>6&7]^=1ull<<(n&63);h+=w[1]>>37&1;w[2]|=1ull<<40;w[3]&=~(1ull<<50);w[4]^=1ull<<63;return h;}
N selects(int64_t a,int64_t b){uint64_t h=a<b?a:b;h=h*3+(a>=b?a:~b);h=h*3+((uint64_t)a>(uint64_t)b?a:0);h=h*3+((int8_t)a<(int8_t)b)+((int16_t)a<=(int16_t)b)*2+((uint32_t)a>=(uint32_t)b)*4+(a<0)*8+((a^b)<0)*16+!(a&1)*32;h=h*3+__builtin_llabs(a)+__builtin_abs((int)b);return h+(a>127?127:a<-128?-128:a);}
N extends(int64_t a){return (int8_t)a+(uint64_t)(int16_t)(a>>3)*3+(int32_t)(a>>5)*5ll+(uint8_t)(a>>7)*7+(uint16_t)(a>>9)*9+(uint32_t)(a>>11)*11ull+(int16_t)(int8_t)(a>>1)+(uint8_t)(a>>8);}
N special(uint64_t a,uint64_t b){uint64_t h=a^b;
#ifdef __BMI2__
h=h*3+__builtin_ia32_pdep_di(a,b)+__builtin_ia32_pext_di(a,b);h=h*3+__builtin_ia32_pdep_si(a,b)+__builtin_ia32_pext_si(a,b);h=h*3+__builtin_ia32_bzhi_di(a,b)+__builtin_ia32_bzhi_si(a,b);
#endif
#ifdef __BMI__
h=h*3+__builtin_ia32_bextr_u64(a,b)+__builtin_ia32_bextr_u32(a,b);
#endif
#ifdef __CRC32__
h=h*3+__builtin_ia32_crc32di(a,b);h=h*3+__builtin_ia32_crc32si(a,b);h=h*3+__builtin_ia32_crc32hi(a,b);h=h*3+__builtin_ia32_crc32qi(a,b);
#endif
unsigned long long r;unsigned char c=__builtin_ia32_addcarryx_u64(a&1,a,b,&r);h=h*3+r+c;unsigned q;c=__builtin_ia32_addcarryx_u32(c,a,b,&q);return h*3+q+c;}
uint64_t run(uint64_t seed){s=seed;uint64_t h=seed;static uint8_t p[24];static uint64_t w[8];for(int i=0;i<4000;i++){uint64_t a=nx(),b=nx();h=h*31+counts(a);h=h*31+scans(a);h=h*31+swaps(a^b<<32,p);h=h*31+idioms(a,b);h=h*31+bits(w,a);h=h*31+selects(a,b)+selects(-a,b);h=h*31+extends(a<<(b&31));h=h*31+special(a,b);}
for(int i=0;i<8;i++)h=h*31+w[i];return h;}
