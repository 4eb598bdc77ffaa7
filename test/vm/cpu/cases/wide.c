// 128-bit arithmetic, overflow-checking builtins, division of all widths, rotations and double shifts.
#include <stdint.h>
typedef unsigned __int128 u128;
typedef __int128 s128;
static uint64_t s;
static uint64_t nx(void){s+=0x9e3779b97f4a7c15;uint64_t z=s;z=(z^(z>>30))*0xbf58476d1ce4e5b9;z=(z^(z>>27))*0x94d049bb133111eb;return z^(z>>31);}
static u128 nx2(void){u128 a=nx();int k=nx()&63;return (a<<64|nx())>>k;}
static uint64_t fold(u128 v){return (uint64_t)v*31+(uint64_t)(v>>64);}
__attribute__((noinline)) static u128 arithmetic(int k,u128 a,u128 b){switch(k){case 0:return a+b;case 1:return a-b;case 2:return a*b;case 3:return a/(b|1);case 4:return a%(b|1);
case 5:return (s128)a/(s128)(b|1);case 6:return (s128)a%(s128)(b|1);case 7:return a<<(b&127);case 8:return a>>(b&127);case 9:return (s128)a>>(b&127);case 10:return -a;case 11:return ~a^b;
case 12:return (s128)a<(s128)b?a:b;case 13:return a<b;case 14:return (s128)(int64_t)a*(int64_t)b;default:return a<<(b&127)|a>>(-b&127);}}
#define CHECK(T,NAME)__attribute__((noinline)) static uint64_t NAME(T a,T b){T r;uint64_t h=__builtin_add_overflow(a,b,&r);h=h*3+(uint64_t)r;h=h*2+__builtin_sub_overflow(a,b,&r);h=h*3+(uint64_t)r;h=h*2+__builtin_mul_overflow(a,b,&r);return h*3+(uint64_t)r;}
CHECK(int8_t,c8)CHECK(uint8_t,d8)CHECK(int16_t,c16)CHECK(uint16_t,d16)CHECK(int32_t,c32)CHECK(uint32_t,d32)CHECK(int64_t,c64)CHECK(uint64_t,d64)
#define ROTATE(T,W,NAME)__attribute__((noinline)) static T NAME(T a,int n){n&=W-1;T l=a<<n|a>>(-n&(W-1));T r=l>>(n/2)|l<<(-(n/2)&(W-1));return r^(T)(l<<3|l>>(W-3));}
ROTATE(uint8_t,8,r8)ROTATE(uint16_t,16,r16)ROTATE(uint32_t,32,r32)ROTATE(uint64_t,64,r64)
__attribute__((noinline)) static uint64_t divide(int64_t a,int64_t b){uint64_t h=(int8_t)a/((int8_t)b|1);h=h*7+(uint8_t)a%((uint8_t)b|1);h=h*7+(int16_t)a%((int16_t)b|1);h=h*7+(uint16_t)a/((uint16_t)b|1);
h=h*7+(int32_t)a%((int32_t)b|1);h=h*7+(uint32_t)a/((uint32_t)b|1);h=h*7+a/1000003;h=h*7+a%-17;h=h*7+(uint64_t)a/10;h=h*7+(uint32_t)a%7;return h*7+(int32_t)a/-1024;}
__attribute__((noinline)) static uint64_t carries(const uint64_t*a,const uint64_t*b,uint64_t*r,int n){unsigned char c=0;for(int i=0;i<n;i++){uint64_t t;unsigned char o=__builtin_add_overflow(a[i],b[i],&t);o|=__builtin_add_overflow(t,(uint64_t)c,&r[i]);c=o;}
uint64_t h=c;c=0;for(int i=0;i<n;i++){unsigned long long t=__builtin_ia32_sbb_u64(c,r[i],b[i],(unsigned long long*)&r[i]);c=t;}return h*2+c;}
__attribute__((noinline)) static uint64_t doubles(uint64_t a,uint64_t b,int n){n&=63;uint64_t l=n?a<<n|b>>(64-n):a,r=n?a>>n|b<<(64-n):a;uint32_t x=(uint32_t)a<<5|(uint32_t)b>>27;return l*3+r+x;}
uint64_t run(uint64_t seed){s=seed;uint64_t h=seed;for(int i=0;i<3000;i++){u128 a=nx2(),b=nx2();h=h*31+fold(arithmetic(i&15,a,b));uint64_t x=a,y=b;
h=h*3+c8(x,y)+d8(x,y)*5;h=h*3+c16(x,y)+d16(x,y)*5;h=h*3+c32(x,y)+d32(x,y)*5;h=h*3+c64(x,y)+d64(x,y)*5;h^=r8(x,y)+r16(x,y)*3ull+r32(x,y)*5ull+r64(x,y);h=h*5+divide(x,y)+doubles(x,y,i);
uint64_t p[4]={x,~0ull,y,nx()},q[4]={y,x,1,nx()},r[4];h+=carries(p,q,r,4);h^=r[0]+r[3];}return h;}
