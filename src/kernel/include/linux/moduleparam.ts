// Module and kernel parameters: the `__param` section's entries (written by kcc for module_param*) and the operations on their types.

import type { module } from "linux/module";

export const KERNEL_PARAM_OPS_FL_NOARG = 1;
export const KERNEL_PARAM_FL_UNSAFE = 1;
export const KERNEL_PARAM_FL_HWPARAM = 2;

export interface kernel_param_ops extends struct<"kernel_param_ops"> {
  flags?: u32;
  set?: (val: cstr, kp: kernel_param) => int;
  get?: (buffer: u8[], kp: kernel_param) => int;
  free?: (arg: ptr) => void;
}

/** 40 bytes. `arg` is the variable's address; for an array, of its kparam_array. */
export interface kernel_param extends struct<"kernel_param"> {
  name?: cstr;
  mod?: module;
  ops?: kernel_param_ops;
  perm?: u16;
  level?: s8;
  flags?: u8;
  arg?: ptr;
}

export interface kparam_string extends struct<"kparam_string"> {
  maxlen?: u32;
  string?: u8[];
}

export interface kparam_array extends struct<"kparam_array"> {
  max?: u32;
  elemsize?: u32;
  num?: u32[]; // may be null
  ops?: kernel_param_ops;
  elem?: u8[];
}

export { kernel_param_lock, kernel_param_unlock, parameq, parameqn, parse_args } from "../../kernel/params";
export {
  param_array_ops,
  param_get_bool,
  param_get_int,
  param_ops_bool,
  param_ops_byte,
  param_ops_charp,
  param_ops_int,
  param_ops_long,
  param_ops_short,
  param_ops_string,
  param_ops_uint,
  param_ops_ulong,
  param_ops_ushort,
  param_set_bool,
  param_set_int,
} from "../../kernel/params-ops";
export { module_param_sysfs_remove, module_param_sysfs_setup } from "../../kernel/params-sysfs";
