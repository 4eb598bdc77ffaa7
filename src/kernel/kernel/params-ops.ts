// Parameters by type: how each is read from text and shown.

import { EINVAL, ENOMEM, ENOSPC } from "linux/errno";
import { kstrtobool, kstrtoint, kstrtol, kstrtos16, kstrtou8, kstrtou16, kstrtouint, kstrtoul, scnprintf, sprintf } from "linux/kernel";
import {
  KERNEL_PARAM_OPS_FL_NOARG,
  type kernel_param,
  type kernel_param_ops,
  type kparam_array,
  type kparam_string,
} from "linux/moduleparam";
import { GFP_KERNEL, kfree, kmalloc } from "linux/slab";
import { strcpy, strlen } from "linux/string";

export function param_set_byte(val: cstr, kp: kernel_param): int {
  return kstrtou8(val, 0, kp.arg as u8[]);
}
export function param_get_byte(buffer: u8[], kp: kernel_param): int {
  return sprintf(buffer, "%hhu\n", (kp.arg as u8[])[0]);
}
export function param_set_short(val: cstr, kp: kernel_param): int {
  return kstrtos16(val, 0, kp.arg as s16[]);
}
export function param_get_short(buffer: u8[], kp: kernel_param): int {
  return sprintf(buffer, "%hi\n", (kp.arg as s16[])[0]);
}
export function param_set_ushort(val: cstr, kp: kernel_param): int {
  return kstrtou16(val, 0, kp.arg as u16[]);
}
export function param_get_ushort(buffer: u8[], kp: kernel_param): int {
  return sprintf(buffer, "%hu\n", (kp.arg as u16[])[0]);
}
export function param_set_int(val: cstr, kp: kernel_param): int {
  return kstrtoint(val, 0, kp.arg as int[]);
}
export function param_get_int(buffer: u8[], kp: kernel_param): int {
  return sprintf(buffer, "%i\n", (kp.arg as int[])[0]);
}
export function param_set_uint(val: cstr, kp: kernel_param): int {
  return kstrtouint(val, 0, kp.arg as u32[]);
}
export function param_get_uint(buffer: u8[], kp: kernel_param): int {
  return sprintf(buffer, "%u\n", (kp.arg as u32[])[0]);
}
export function param_set_long(val: cstr, kp: kernel_param): int {
  return kstrtol(val, 0, kp.arg as s64[]);
}
export function param_get_long(buffer: u8[], kp: kernel_param): int {
  return sprintf(buffer, "%li\n", (kp.arg as s64[])[0]);
}
export function param_set_ulong(val: cstr, kp: kernel_param): int {
  return kstrtoul(val, 0, kp.arg as u64[]);
}
export function param_get_ulong(buffer: u8[], kp: kernel_param): int {
  return sprintf(buffer, "%lu\n", (kp.arg as u64[])[0]);
}

/** A name without a value means true. */
export function param_set_bool(val: cstr, kp: kernel_param): int {
  const text: cstr = val === null ? "1" : val;
  return kstrtobool(text, kp.arg as bool[]);
}
export function param_get_bool(buffer: u8[], kp: kernel_param): int {
  const letter: int = (kp.arg as bool[])[0] ? 0x59 : 0x4e;
  return sprintf(buffer, "%c\n", letter);
}

/** A bool that says the opposite. */
export function param_set_invbool(val: cstr, kp: kernel_param): int {
  let value: bool = false;
  const text: cstr = val === null ? "1" : val;
  const ret = kstrtobool(text, addr(value));
  if (ret === 0) (kp.arg as bool[])[0] = !value;
  return ret;
}
export function param_get_invbool(buffer: u8[], kp: kernel_param): int {
  const letter: int = (kp.arg as bool[])[0] ? 0x4e : 0x59;
  return sprintf(buffer, "%c\n", letter);
}
export function param_get_hexint(buffer: u8[], kp: kernel_param): int {
  return sprintf(buffer, "%#08x\n", (kp.arg as u32[])[0]);
}

/** Values that were set (not the initial literals): freed when replaced or when the module goes. */
interface kmalloced_param extends struct<"kmalloced_param"> {
  next?: kmalloced_param;
  val?: array<u8, 8>; // more bytes follow
}

let kmalloced_params: kmalloced_param = null;

function maybe_kfree_parameter(param: ptr): void {
  let link: kmalloced_param = null;
  for (let p = kmalloced_params; p !== null; p = p.next) {
    if (u64(p.val) === u64(param)) {
      if (link === null) kmalloced_params = p.next;
      else link.next = p.next;
      kfree(p);
      return;
    }
    link = p;
  }
}

const CHARP_MAX = 1024;

export function param_set_charp(val: cstr, kp: kernel_param): int {
  const len = strlen(val);
  if (len > u64(CHARP_MAX)) {
    pr_err("%s: string parameter too long\n", kp.name);
    return -ENOSPC;
  }
  const where = kp.arg as ref<u8[]>[];
  maybe_kfree_parameter(where[0]);
  const p = kmalloc(sizeof<kmalloced_param>() + len, GFP_KERNEL) as kmalloced_param;
  if (p === null) return -ENOMEM;
  strcpy(p.val, val);
  p.next = kmalloced_params;
  kmalloced_params = p;
  const text: u8[] = p.val;
  where[0] = text;
  return 0;
}
export function param_get_charp(buffer: u8[], kp: kernel_param): int {
  return scnprintf(buffer, 4096, "%s\n", (kp.arg as ref<u8[]>[])[0]);
}
export function param_free_charp(arg: ptr): void {
  maybe_kfree_parameter((arg as ref<u8[]>[])[0]);
}

export function param_set_copystring(val: cstr, kp: kernel_param): int {
  const kps = kp.arg as kparam_string;
  if (strlen(val) + u64(1) > u64(kps.maxlen)) {
    pr_err("%s: string doesn't fit in %u chars.\n", kp.name, kps.maxlen - 1);
    return -ENOSPC;
  }
  strcpy(kps.string, val);
  return 0;
}
export function param_get_string(buffer: u8[], kp: kernel_param): int {
  return scnprintf(buffer, 4096, "%s\n", (kp.arg as kparam_string).string);
}

/** Each element by the element type's operations, counted one by one: what precedes a bad one stays. The commas of the value are overwritten. */
export function param_array_set(val: cstr, kp: kernel_param): int {
  const arr = kp.arg as kparam_array;
  const one: kernel_param = { name: kp.name, mod: kp.mod, ops: arr.ops, level: kp.level, arg: arr.elem };
  let text = val as u8[];
  let temp_num: u32 = 0;
  const num: u32[] = arr.num !== null ? arr.num : addr(temp_num);
  num[0] = 0;
  for (;;) {
    if (num[0] === arr.max) {
      pr_err("%s: can only take %i arguments\n", kp.name, arr.max);
      return -EINVAL;
    }
    let len: u64 = 0;
    while (text[len] !== 0 && text[len] !== 0x2c) len++;
    const save = text[len];
    text[len] = 0;
    const ret = arr.ops.set(text, one);
    if (ret !== 0) return ret;
    one.arg = at<ptr>(u64(one.arg) + u64(arr.elemsize));
    text = add(text, len + u64(1));
    num[0] = num[0] + 1;
    if (save !== 0x2c) break;
  }
  return 0;
}

export function param_array_get(buffer: u8[], kp: kernel_param): int {
  const arr = kp.arg as kparam_array;
  const count: u32 = arr.num !== null ? arr.num[0] : arr.max;
  const one: kernel_param = { name: kp.name, mod: kp.mod, ops: arr.ops, level: kp.level };
  let off: int = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (i > 0) buffer[off - 1] = 0x2c; // the element's newline
    one.arg = at<ptr>(u64(arr.elem) + u64(arr.elemsize) * u64(i));
    const ret = arr.ops.get(add(buffer, off), one);
    if (ret < 0) return ret;
    off += ret;
  }
  buffer[off] = 0;
  return off;
}

export function param_array_free(arg: ptr): void {
  const arr = arg as kparam_array;
  if (arr.ops.free === null) return;
  const count: u32 = arr.num !== null ? arr.num[0] : arr.max;
  for (let i: u32 = 0; i < count; i++) arr.ops.free(at<ptr>(u64(arr.elem) + u64(arr.elemsize) * u64(i)));
}

export const param_ops_byte: kernel_param_ops = { set: param_set_byte, get: param_get_byte };
export const param_ops_short: kernel_param_ops = { set: param_set_short, get: param_get_short };
export const param_ops_ushort: kernel_param_ops = { set: param_set_ushort, get: param_get_ushort };
export const param_ops_int: kernel_param_ops = { set: param_set_int, get: param_get_int };
export const param_ops_uint: kernel_param_ops = { set: param_set_uint, get: param_get_uint };
export const param_ops_long: kernel_param_ops = { set: param_set_long, get: param_get_long };
export const param_ops_ulong: kernel_param_ops = { set: param_set_ulong, get: param_get_ulong };
export const param_ops_bool: kernel_param_ops = { flags: KERNEL_PARAM_OPS_FL_NOARG, set: param_set_bool, get: param_get_bool };
export const param_ops_invbool: kernel_param_ops = { set: param_set_invbool, get: param_get_invbool };
export const param_ops_hexint: kernel_param_ops = { set: param_set_uint, get: param_get_hexint };
export const param_ops_charp: kernel_param_ops = { set: param_set_charp, get: param_get_charp, free: param_free_charp };
export const param_ops_string: kernel_param_ops = { set: param_set_copystring, get: param_get_string };
export const param_array_ops: kernel_param_ops = { set: param_array_set, get: param_array_get, free: param_array_free };

EXPORT_SYMBOL(param_ops_byte);
EXPORT_SYMBOL(param_ops_short);
EXPORT_SYMBOL(param_ops_ushort);
EXPORT_SYMBOL(param_ops_int);
EXPORT_SYMBOL(param_ops_uint);
EXPORT_SYMBOL(param_ops_long);
EXPORT_SYMBOL(param_ops_ulong);
EXPORT_SYMBOL(param_ops_bool);
EXPORT_SYMBOL(param_ops_invbool);
EXPORT_SYMBOL(param_ops_hexint);
EXPORT_SYMBOL(param_ops_charp);
EXPORT_SYMBOL(param_ops_string);
EXPORT_SYMBOL(param_array_ops);
EXPORT_SYMBOL(param_set_int);
EXPORT_SYMBOL(param_get_int);
EXPORT_SYMBOL(param_set_bool);
EXPORT_SYMBOL(param_get_bool);
