// /proc/sys: tables of kernel variables.
export interface ctl_table extends struct<"ctl_table"> {
  procname?: cstr;
  data?: ptr;
  maxlen?: int;
  mode?: u16;
  child?: ctl_table[];
  /** `buffer` is kernel memory; a write's is NUL-terminated. Changes *lenp to what was used or made, *ppos accordingly. */
  proc_handler?: (ctl: ctl_table, write: int, buffer: u8[], lenp: u64[], ppos: s64[]) => int;
  extra1?: ptr;
  extra2?: ptr;
}

export interface ctl_table_header extends struct<"ctl_table_header"> {
  entry?: import("linux/proc_fs").proc_dir_entry;
  ctl_table?: ctl_table[];
  next?: ctl_table_header;
  /** The directory's /proc path below sys, "kernel" for instance. */
  path?: cstr;
}
export { register_sysctl, register_sysctl_init, register_sysctl_table, unregister_sysctl_table } from "../../fs/proc/proc_sysctl";
export {
  proc_dobool,
  proc_dointvec,
  proc_dointvec_jiffies,
  proc_dointvec_minmax,
  proc_dostring,
  proc_douintvec,
  proc_doulongvec_minmax,
  SYSCTL_INT_MAX,
  SYSCTL_ONE,
  SYSCTL_TWO,
  SYSCTL_ZERO,
} from "../../kernel/sysctl";
