// A program's first instructions, and its end. main() is the program's own; what it returns is the exit status.

import { flush } from "./stdio";
import { exit_group } from "./unistd";

export declare function main(argc: int, argv: ref<u8[]>[], envp: ref<u8[]>[]): int;

/** The program's environment, as the kernel laid it out. */
export let environ: ref<u8[]>[] = null;

export function exit_(status: int): never {
  flush();
  return exit_group(status);
}

/** stack: argc, argv, null, envp, null, auxiliary vector. */
export function start_c(stack: u64[]): never {
  const argc = int(stack[0]);
  const argv = at<ref<u8[]>[]>(u64(add(stack, 1)));
  environ = at<ref<u8[]>[]>(u64(add(stack, 2 + s64(argc))));
  return exit_(main(argc, argv, environ));
}

export const _start = asm<() => never>("_start", () => {
  xor(ebp, ebp);
  mov(rdi, rsp);
  and(rsp, -16);
  call(start_c);
});
