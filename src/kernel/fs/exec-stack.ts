// A new program's stack: strings, auxiliary vector, environment, arguments and argc, as the psABI has it.

import type { linux_binprm } from "linux/binfmts";
import { current_egid, current_euid, current_gid, current_uid } from "linux/cred";
import { get_current } from "linux/current";
import { EFAULT, ENOMEM } from "linux/errno";
import { MAP_ANONYMOUS, MAP_FIXED, MAP_GROWSDOWN, MAP_PRIVATE, PROT_EXEC, PROT_READ, PROT_WRITE, STACK_TOP, vm_mmap } from "linux/mm";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { memcpy, strlen } from "linux/string";
import { copy_to_user } from "linux/uaccess";
import { get_random_u64 } from "../drivers/char/mem";

/** What a new stack begins with; it grows on demand. */
const STACK_INITIAL = 135168;
const AT_NULL = 0;
const AT_PHDR = 3;
const AT_PHENT = 4;
const AT_PHNUM = 5;
const AT_PAGESZ = 6;
const AT_BASE = 7;
const AT_FLAGS = 8;
const AT_ENTRY = 9;
const AT_UID = 11;
const AT_EUID = 12;
const AT_GID = 13;
const AT_EGID = 14;
const AT_PLATFORM = 15;
const AT_HWCAP = 16;
const AT_CLKTCK = 17;
const AT_SECURE = 23;
const AT_RANDOM = 25;
const AT_HWCAP2 = 26;
const AT_EXECFN = 31;
const AT_MINSIGSTKSZ = 51;

/** A signal frame without vector registers, and room for its handler to begin. */
const MINSIGSTKSZ = 1024;

/** What the ELF loader knows for the auxiliary vector; zeros for a host program. */
export interface exec_aux extends struct<"exec_aux"> {
  phdr?: u64;
  phent?: u64;
  phnum?: u64;
  entry?: u64;
  /** The program wants to run code on its stack. */
  exec_stack?: bool;
}

function aux(v: u64[], n: u64, type: u64, value: u64): u64 {
  v[n] = type;
  v[n + 1] = value;
  return n + 2;
}

/** The stack with strings, auxiliary vector, environment, arguments and argc, as the psABI has it. Returns its pointer or an error. */
export function setup_arg_stack(bprm: linux_binprm, x: exec_aux): s64 {
  const t = get_current();
  const mm = t.mm;
  const mapped = vm_mmap(
    null,
    STACK_TOP - STACK_INITIAL,
    STACK_INITIAL,
    x.exec_stack ? u64(PROT_READ | PROT_WRITE | PROT_EXEC) : u64(PROT_READ | PROT_WRITE),
    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN,
    0,
  );
  if (mapped < 0) return mapped;
  // From the top: a zero word, the file name, the strings.
  let p: u64 = STACK_TOP - 8;
  const name_len: u64 = strlen(bprm.filename) + 1;
  p -= name_len;
  const execfn = p;
  if (copy_to_user(at<ptr>(p), bprm.filename, name_len) !== 0) return -EFAULT;
  p -= bprm.strings_len;
  const strings = p;
  if (copy_to_user(at<ptr>(p), bprm.strings, bprm.strings_len) !== 0) return -EFAULT;
  mm.arg_start = strings;
  mm.arg_end = strings + bprm.env_start;
  mm.env_start = mm.arg_end;
  mm.env_end = strings + bprm.strings_len;
  p -= 8;
  const platform = p;
  if (copy_to_user(at<ptr>(p), "x86_64", 7) !== 0) return -EFAULT;
  p = (p & ~u64(15)) - 16;
  const random = p;
  let r: array<u64, 2>;
  r[0] = get_random_u64();
  r[1] = get_random_u64();
  if (copy_to_user(at<ptr>(p), r, 16) !== 0) return -EFAULT;

  const words: u64 = 1 + u64(bprm.argc) + 1 + u64(bprm.envc) + 1 + 40;
  const v = kzalloc(words * 8, GFP_KERNEL) as u64[];
  if (v === null) return -ENOMEM;
  let n: u64 = 0;
  let s: u64 = 0;
  v[n++] = u64(bprm.argc);
  for (let i: int = 0; i < bprm.argc; i++) {
    v[n++] = strings + s;
    s += strlen(add(bprm.strings, s)) + 1;
  }
  v[n++] = 0;
  for (let i: int = 0; i < bprm.envc; i++) {
    v[n++] = strings + s;
    s += strlen(add(bprm.strings, s)) + 1;
  }
  v[n++] = 0;
  const first_aux = n;
  let features: array<u32, 4>;
  cpuid(1, 0, features);
  n = aux(v, n, AT_HWCAP, u64(features[3]));
  n = aux(v, n, AT_PAGESZ, 4096);
  n = aux(v, n, AT_CLKTCK, 100);
  n = aux(v, n, AT_PHDR, x.phdr);
  n = aux(v, n, AT_PHENT, x.phent);
  n = aux(v, n, AT_PHNUM, x.phnum);
  n = aux(v, n, AT_BASE, 0);
  n = aux(v, n, AT_FLAGS, 0);
  n = aux(v, n, AT_ENTRY, x.entry);
  n = aux(v, n, AT_UID, u64(current_uid()));
  n = aux(v, n, AT_EUID, u64(current_euid()));
  n = aux(v, n, AT_GID, u64(current_gid()));
  n = aux(v, n, AT_EGID, u64(current_egid()));
  n = aux(v, n, AT_SECURE, 0);
  n = aux(v, n, AT_RANDOM, random);
  n = aux(v, n, AT_HWCAP2, 0);
  n = aux(v, n, AT_EXECFN, execfn);
  n = aux(v, n, AT_PLATFORM, platform);
  n = aux(v, n, AT_MINSIGSTKSZ, MINSIGSTKSZ);
  n = aux(v, n, AT_NULL, 0);
  memcpy(mm.saved_auxv, add(v, first_aux), (n - first_aux) * 8);
  p = (p - n * 8) & ~u64(15);
  const left = copy_to_user(at<ptr>(p), v, n * 8);
  kfree(v);
  if (left !== 0) return -EFAULT;
  mm.start_stack = p;
  return s64(p);
}
