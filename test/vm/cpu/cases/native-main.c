// Prints what mixed.c gives on this machine.
#include <stdio.h>
#include <stdint.h>
uint64_t run(uint64_t);
int main(){printf("%llx\n",(unsigned long long)run(12345));}
