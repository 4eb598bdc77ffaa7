// Parameters: "name=value" lines, parsed; each parameter set by the operations of its type.

import { isspace } from "linux/ctype";
import { ERR_PTR } from "linux/err";
import { EINVAL, ENOENT, ENOSPC } from "linux/errno";
import { KERNEL_PARAM_OPS_FL_NOARG, type kernel_param } from "linux/moduleparam";
import { type mutex, mutex_lock, mutex_unlock } from "linux/mutex";
import { skip_spaces, strcmp, strlen } from "linux/string";

/** Of every parameter: a setter must not run against another or against a reader. */
let param_lock: embed<mutex>;

export function kernel_param_lock(): void {
  mutex_lock(param_lock);
}

export function kernel_param_unlock(): void {
  mutex_unlock(param_lock);
}

function dash2underscore(c: u8): u8 {
  return c === 0x2d ? u8(0x5f) : c;
}

/** Equal in the first n bytes, '-' and '_' being the same. */
export function parameqn(a: cstr, b: cstr, n: u64): bool {
  for (let i: u64 = 0; i < n; i++) {
    if (dash2underscore(a[i]) !== dash2underscore(b[i])) return false;
  }
  return true;
}

export function parameq(a: cstr, b: cstr): bool {
  return parameqn(a, b, strlen(a) + u64(1));
}

function parse_one(
  param: u8[],
  val: u8[],
  doing: cstr,
  params: kernel_param[],
  num: u32,
  arg: ptr,
  handle_unknown: (param: u8[], val: u8[], doing: cstr, arg: ptr) => int,
): int {
  for (let i: u32 = 0; i < num; i++) {
    const kp = params[i];
    if (!parameq(param, kp.name)) continue;
    if (val === null && (kp.ops.flags & KERNEL_PARAM_OPS_FL_NOARG) === 0) return -EINVAL;
    kernel_param_lock();
    const err = kp.ops.set(val, kp);
    kernel_param_unlock();
    return err;
  }
  return handle_unknown !== null ? handle_unknown(param, val, doing, arg) : -ENOENT;
}

/** Cuts the next argument off in place: param[0] and val[0] (null without '='); returns what follows. Quotes may hold blanks. */
export function next_arg(args: u8[], param: ref<u8[]>[], val: ref<u8[]>[]): u8[] {
  let start = args;
  let quoted = false;
  let in_quote = false;
  let equals: u64 = 0;
  if (start[0] === 0x22) {
    start = add(start, 1);
    in_quote = true;
    quoted = true;
  }
  let i: u64 = 0;
  for (; start[i] !== 0; i++) {
    if (isspace(start[i]) && !in_quote) break;
    if (equals === u64(0) && start[i] === 0x3d) equals = i;
    if (start[i] === 0x22) in_quote = !in_quote;
  }
  param[0] = start;
  if (equals === u64(0)) {
    val[0] = null;
  } else {
    start[equals] = 0;
    let v = add(start, equals + u64(1));
    if (v[0] === 0x22) {
      v = add(v, 1);
      if (start[i - u64(1)] === 0x22) start[i - u64(1)] = 0;
    }
    val[0] = v;
  }
  if (quoted && i > u64(0) && start[i - u64(1)] === 0x22) start[i - u64(1)] = 0;
  if (start[i] !== 0) {
    start[i] = 0;
    i++;
  }
  return skip_spaces(add(start, i)) as u8[];
}

/** Sets each parameter of a line, which it cuts up; the first error ends it, as ERR_PTR. Returns what follows a "--", or null. */
export function parse_args(
  doing: cstr,
  args: u8[],
  params: kernel_param[],
  num: u32,
  _min_level: s16,
  _max_level: s16,
  arg: ptr,
  unknown: (param: u8[], val: u8[], doing: cstr, arg: ptr) => int,
): u8[] {
  let rest = skip_spaces(args) as u8[];
  while (rest[0] !== 0) {
    let param: u8[] = null;
    let val: u8[] = null;
    rest = next_arg(rest, addr(param), addr(val));
    if (val === null && strcmp(param, "--") === 0) return rest[0] === 0 ? null : rest;
    const ret = parse_one(param, val, doing, params, num, arg, unknown);
    const shown: cstr = val === null ? "" : val;
    if (ret === 0) continue;
    if (ret === -ENOENT) pr_err("%s: Unknown parameter `%s'\n", doing, param);
    else if (ret === -ENOSPC) pr_err("%s: `%s' too large for parameter `%s'\n", doing, shown, param);
    else pr_err("%s: `%s' invalid for parameter `%s'\n", doing, shown, param);
    return ERR_PTR(s64(ret)) as u8[];
  }
  return null;
}

/** Frees what setters allocated. */
export function destroy_params(params: kernel_param[], num: u32): void {
  for (let i: u32 = 0; i < num; i++) {
    if (params[i].ops.free !== null) params[i].ops.free(params[i].arg);
  }
}
