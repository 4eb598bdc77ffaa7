// Basic types of the kernel: sizes, identifiers and the list nodes that other headers embed. Used everywhere.

export type size_t = u64;
export type ssize_t = s64;
export type loff_t = s64;
export type pid_t = int;
export type uid_t = u32;
export type gid_t = u32;
export type umode_t = u16;
export type dev_t = u32;
export type gfp_t = u32;
export type phys_addr_t = u64;
export type time64_t = s64;
export type ktime_t = s64;
export type clockid_t = int;

export interface list_head extends struct<"list_head"> {
  next?: list_head;
  prev?: list_head;
}

export interface hlist_node extends struct<"hlist_node"> {
  next?: hlist_node;
  /** Address of the pointer that points here. */
  pprev?: ref<hlist_node>[];
}

export interface hlist_head extends struct<"hlist_head"> {
  first?: hlist_node;
}

/** The four bytes are accessed by the functions of linux/atomic only. */
export interface atomic_t extends struct<"atomic_t"> {
  counter?: int;
}

export interface atomic64_t extends struct<"atomic64_t"> {
  counter?: s64;
}

export interface callback_head extends struct<"callback_head"> {
  next?: callback_head;
  func?: (head: callback_head) => void;
}
export type rcu_head = callback_head;

export interface timespec64 extends struct<"timespec64"> {
  tv_sec?: s64;
  tv_nsec?: s64;
}
