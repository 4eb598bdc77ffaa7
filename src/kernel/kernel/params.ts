// Parameters: parsing of "name=value" lines, the operations on the parameter types, and parameters/ in sysfs.

import { isspace } from "linux/ctype";
import { ERR_PTR } from "linux/err";
import { EINVAL, ENOENT, ENOMEM, ENOSPC, EPERM } from "linux/errno";
import { kstrtobool, kstrtoint, kstrtol, kstrtos16, kstrtou8, kstrtou16, kstrtouint, kstrtoul, scnprintf, sprintf } from "linux/kernel";
import type { module, module_attribute, module_kobject, module_param_attrs } from "linux/module";
import {
  KERNEL_PARAM_OPS_FL_NOARG,
  type kernel_param,
  type kernel_param_ops,
  type kparam_array,
  type kparam_string,
} from "linux/moduleparam";
import { type mutex, mutex_lock, mutex_unlock } from "linux/mutex";
import { GFP_KERNEL, kcalloc, kfree, kmalloc, kzalloc } from "linux/slab";
import { skip_spaces, strcmp, strcpy, strlen } from "linux/string";
import { type attribute, sysfs_create_group, sysfs_remove_group } from "linux/sysfs";

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

// ---- operations by type ----

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

// ---- sysfs: parameters/NAME ----

interface param_attribute extends struct<"param_attribute"> {
  mattr?: embed<module_attribute>;
  param?: kernel_param;
}

function param_attr_show(mattr: module_attribute, _mk: module_kobject, buf: u8[]): s64 {
  const attribute = container_of<param_attribute>(mattr, "mattr");
  if (attribute.param.ops.get === null) return -EPERM;
  kernel_param_lock();
  const count = attribute.param.ops.get(buf, attribute.param);
  kernel_param_unlock();
  return s64(count);
}

function param_attr_store(mattr: module_attribute, _mk: module_kobject, buf: u8[], len: u64): s64 {
  const attribute = container_of<param_attribute>(mattr, "mattr");
  if (attribute.param.ops.set === null) return -EPERM;
  // The value ends at the newline that echo adds, for those types that do not skip it.
  if (len > u64(0) && buf[len - u64(1)] === 0x0a) buf[len - u64(1)] = 0;
  kernel_param_lock();
  const err = attribute.param.ops.set(buf, attribute.param);
  kernel_param_unlock();
  return err === 0 ? s64(len) : s64(err);
}

/** Makes parameters/ below a module's directory for those parameters that have a mode. */
export function module_param_sysfs_setup(mod: module, kparam: kernel_param[], num_params: u32): int {
  let visible: u32 = 0;
  for (let i: u32 = 0; i < num_params; i++) {
    if (kparam[i].perm !== 0) visible++;
  }
  if (visible === 0) return 0;
  const mp = kzalloc(sizeof<module_param_attrs>(), GFP_KERNEL) as module_param_attrs;
  const attrs = kcalloc(u64(visible), sizeof<param_attribute>(), GFP_KERNEL) as param_attribute[];
  const list = kcalloc(u64(visible + 1), 8, GFP_KERNEL) as ref<attribute>[];
  if (mp === null || attrs === null || list === null) {
    kfree(mp);
    kfree(attrs);
    kfree(list);
    return -ENOMEM;
  }
  let n: u32 = 0;
  for (let i: u32 = 0; i < num_params; i++) {
    const kp = kparam[i];
    if (kp.perm === 0) continue;
    const a = attrs[n];
    a.param = kp;
    a.mattr.show = param_attr_show;
    if (kp.perm & 0o222) a.mattr.store = param_attr_store;
    a.mattr.attr.name = kp.name;
    a.mattr.attr.mode = kp.perm;
    const attr: attribute = a.mattr.attr;
    list[n] = attr;
    n++;
  }
  mp.num = n;
  mp.grp.name = "parameters";
  mp.grp.attrs = list;
  mod.mkobj.mp = mp;
  const err = sysfs_create_group(mod.mkobj.kobj, mp.grp);
  if (err !== 0) module_param_free(mod);
  return err;
}

function module_param_free(mod: module): void {
  const mp = mod.mkobj.mp;
  kfree(container_of<param_attribute>(mp.grp.attrs[0], "mattr"));
  kfree(mp.grp.attrs);
  kfree(mp);
  mod.mkobj.mp = null;
}

export function module_param_sysfs_remove(mod: module): void {
  const mp = mod.mkobj.mp;
  if (mp === null) return;
  sysfs_remove_group(mod.mkobj.kobj, mp.grp);
  module_param_free(mod);
}

/** Frees what setters allocated. */
export function destroy_params(params: kernel_param[], num: u32): void {
  for (let i: u32 = 0; i < num; i++) {
    if (params[i].ops.free !== null) params[i].ops.free(params[i].arg);
  }
}
