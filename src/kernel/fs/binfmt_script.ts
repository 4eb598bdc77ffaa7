// "#!": the interpreter of the first line runs, with the script's name in front of its arguments.
import type { linux_binfmt, linux_binprm } from "linux/binfmts";
import { BINPRM_BUF_SIZE } from "linux/binfmts";
import { IS_ERR, PTR_ERR } from "linux/err";
import { ENOEXEC } from "linux/errno";
import { bprm_change_interp, open_exec, register_binfmt } from "./exec";
import { bprm_prepend, remove_arg_zero } from "./exec-args";

const TAB = 9;
const LF = 10;
const SPACE = 32;

function blank(c: u8): bool {
  return c === SPACE || c === TAB;
}

function load_script(bprm: linux_binprm): int {
  const buf = bprm.buf;
  if (buf[0] !== 35 || buf[1] !== 33) return -ENOEXEC;
  let end = 2;
  while (end < BINPRM_BUF_SIZE && buf[end] !== LF && buf[end] !== 0) end++;
  let start = 2;
  while (start < end && blank(buf[start])) start++;
  while (end > start && blank(buf[end - 1])) end--;
  if (start === end) return -ENOEXEC;
  let name_end = start;
  while (name_end < end && !blank(buf[name_end])) name_end++;
  // A name that the buffer cuts off must not run as another program.
  if (name_end >= BINPRM_BUF_SIZE) return -ENOEXEC;
  let arg = name_end;
  while (arg < end && blank(buf[arg])) arg++;
  const has_arg = arg < end;
  if (end >= BINPRM_BUF_SIZE) end = BINPRM_BUF_SIZE - 1;
  buf[end] = 0;
  buf[name_end] = 0;
  const i_name = add(buf, start);

  remove_arg_zero(bprm);
  let err = bprm_prepend(bprm, bprm.interp);
  if (err === 0 && has_arg) err = bprm_prepend(bprm, add(buf, arg));
  if (err === 0) err = bprm_prepend(bprm, i_name);
  if (err === 0) err = bprm_change_interp(i_name, bprm);
  if (err !== 0) return err;
  const f = open_exec(i_name);
  if (IS_ERR(f)) return int(PTR_ERR(f));
  bprm.interpreter = f;
  return 0;
}

const script_format: linux_binfmt = { load_binary: load_script };

export function init_script_binfmt(): void {
  register_binfmt(script_format);
}
