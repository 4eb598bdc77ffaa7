// nullderef [read|write|jump|text|ud|div|gp|int3]: dies of the fault named; a read of address 0 by default.

import { printf } from "../lib/stdio";
import { strcmp } from "../lib/string";

const jump_to_null = asm<() => void>("jump_to_null", () => {
  xor(eax, eax);
  jmp(rax);
});
const undefined_opcode = asm<() => void>("undefined_opcode", () => {
  ud2();
});
const privileged = asm<() => void>("privileged", () => {
  hlt();
});
const breakpoint = asm<() => void>("breakpoint", () => {
  int3();
});

export function main(argc: int, argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  const what: cstr = argc > 1 ? argv[1] : "read";
  const zero = at<int[]>(u64(argc >> 10));
  if (strcmp(what, "read") === 0) return zero[0];
  if (strcmp(what, "write") === 0) zero[0] = 1;
  if (strcmp(what, "jump") === 0) jump_to_null();
  if (strcmp(what, "text") === 0) at<u8[]>(u64(jump_to_null))[0] = 0x90;
  if (strcmp(what, "ud") === 0) undefined_opcode();
  if (strcmp(what, "div") === 0) return argc / (argc >> 10);
  if (strcmp(what, "gp") === 0) privileged();
  if (strcmp(what, "int3") === 0) breakpoint();
  printf("nullderef: unknown fault '%s'\n", what);
  return 2;
}
