// Atomic operations of all widths, the 16-byte ones where the options allow them; fences.
#include <stdint.h>
static uint64_t s;
static uint64_t nx(void){s+=0x9e3779b97f4a7c15;uint64_t z=s;z=(z^(z>>30))*0xbf58476d1ce4e5b9;return z^(z>>31);}
#define ALL(T,NAME)__attribute__((noinline)) static uint64_t NAME(T*p,T v){uint64_t h=__atomic_fetch_add(p,v,5);h=h*3+__atomic_fetch_sub(p,v>>1,5);h=h*3+__atomic_fetch_and(p,~v,4);h=h*3+__atomic_fetch_or(p,v<<1,3);h=h*3+__atomic_fetch_xor(p,v,2);h=h*3+__atomic_fetch_nand(p,v,5);\
h=h*3+__atomic_add_fetch(p,1,5);h=h*3+__atomic_sub_fetch(p,1,5);h=h*3+__atomic_exchange_n(p,v^*p,5);T x=v;h=h*3+__atomic_compare_exchange_n(p,&x,v,0,5,5);h=h*3+__atomic_compare_exchange_n(p,&x,v+1,1,5,0);h=h*3+x+__atomic_load_n(p,5);__atomic_store_n(p,v*7,5);\
__atomic_fetch_add(p,1,5);__atomic_fetch_sub(p,1,0);__atomic_and_fetch(p,v|15,5);__atomic_or_fetch(p,v&15,5);__atomic_xor_fetch(p,3,5);h=h*2+!__atomic_sub_fetch(p,v,5);h=h*2+(__atomic_fetch_add(p,1,5)==(T)-1);h=h*2+(__atomic_add_fetch(p,v,5)>>(sizeof(T)*8-1)&1);\
h=h*2+!!(__atomic_fetch_or(p,(T)1<<3,5)&(T)1<<3);h=h*2+!!(__atomic_fetch_and(p,(T)~((T)1<<2),5)&(T)1<<2);h=h*2+!!(__atomic_fetch_xor(p,(T)1<<(v&(sizeof(T)*8-1)),5)&(T)1<<(v&(sizeof(T)*8-1)));__sync_synchronize();__atomic_thread_fence(5);__builtin_ia32_pause();return h*3+*p+__sync_val_compare_and_swap(p,*p,v)+__sync_bool_compare_and_swap(p,v,x)+__sync_lock_test_and_set(p,v+2);}
ALL(uint8_t,a8)ALL(uint16_t,a16)ALL(uint32_t,a32)ALL(uint64_t,a64)
#ifdef __GCC_HAVE_SYNC_COMPARE_AND_SWAP_16
__attribute__((noinline)) static uint64_t a128(unsigned __int128*p,unsigned __int128 v){unsigned __int128 o=__sync_val_compare_and_swap(p,v,v+1);o+=__sync_val_compare_and_swap(p,*p,v*3);return (uint64_t)(o>>64)*3+(uint64_t)o+__sync_bool_compare_and_swap(p,*p,o);}
#endif
uint64_t run(uint64_t seed){s=seed;uint64_t h=seed;static uint8_t b;static uint16_t w;static uint32_t d;static uint64_t q;for(int i=0;i<3000;i++){uint64_t v=nx();h=h*31+a8(&b,v);h=h*31+a16(&w,v);h=h*31+a32(&d,v);h=h*31+a64(&q,v);
#ifdef __GCC_HAVE_SYNC_COMPARE_AND_SWAP_16
static unsigned __int128 o;h=h*31+a128(&o,(unsigned __int128)v<<64|nx());
#endif
static unsigned char flag;h+=__atomic_test_and_set(&flag,5);if(i&1)__atomic_clear(&flag,3);}return h;}
