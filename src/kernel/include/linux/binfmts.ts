// exec: what a binary format gets to see, and the list of formats.
import type { file } from "linux/fs";
import type { list_head } from "linux/list";

export const BINPRM_BUF_SIZE = 256;
export const MAX_ARG_STRINGS = 4096;
/** Strings and pointers of one exec together, as a quarter of the 8 MiB stack is in Linux; bounded by what one kernel buffer holds. */
export const MAX_ARG_BYTES = 131072;

export interface linux_binprm extends struct<"linux_binprm"> {
  file?: file;
  /** The interpreter of a script, opened for the next round. */
  interpreter?: file;
  argc?: int;
  envc?: int;
  /** Argument and environment strings, NUL-separated, argv first; in kernel memory. */
  strings?: u8[];
  strings_len?: u64;
  strings_size?: u64;
  /** Where the environment starts in `strings`. */
  env_start?: u64;
  /** File name as exec was given it, and what runs in the end. */
  filename?: u8[];
  interp?: u8[];
  point_of_no_return?: bool;
  buf?: array<u8, 256>;
}

export interface linux_binfmt extends struct<"linux_binfmt"> {
  lh?: embed<list_head>;
  module?: import("linux/module").module;
  load_binary?: (bprm: linux_binprm) => int;
}
export { begin_new_exec, kernel_execve, register_binfmt, unregister_binfmt } from "../../fs/exec";
export { setup_arg_stack } from "../../fs/exec-stack";
