// A task's root and working directory: sharing, copying, changing.
import type { fs_struct } from "linux/fs_struct";
import { type path, path_get, path_put } from "linux/path";
import type { task_struct } from "linux/sched";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { spin_lock, spin_unlock } from "linux/spinlock";

/** The boot task's, and with it every kernel thread's. */
export const init_fs: fs_struct = { users: 1, umask: 0o022 };

/** A copy with references of its own; the caller path_puts it. */
export function get_fs_root(fs: fs_struct, root: path): void {
  spin_lock(fs.lock);
  copy(root, fs.root);
  path_get(root);
  spin_unlock(fs.lock);
}

export function get_fs_pwd(fs: fs_struct, pwd: path): void {
  spin_lock(fs.lock);
  copy(pwd, fs.pwd);
  path_get(pwd);
  spin_unlock(fs.lock);
}

/** Another task's root or working directory with references of its own; false: it has none any more. */
export function get_task_path(t: task_struct, path: path, root: bool): bool {
  spin_lock(t.alloc_lock);
  const fs = t.fs;
  if (fs !== null && root) get_fs_root(fs, path);
  else if (fs !== null) get_fs_pwd(fs, path);
  spin_unlock(t.alloc_lock);
  return fs !== null;
}

function replace(fs: fs_struct, slot: path, path: path): void {
  let old: embed<path>;
  path_get(path);
  spin_lock(fs.lock);
  copy(old, slot);
  copy(slot, path);
  spin_unlock(fs.lock);
  path_put(old);
}

export function set_fs_root(fs: fs_struct, path: path): void {
  replace(fs, fs.root, path);
}

export function set_fs_pwd(fs: fs_struct, path: path): void {
  replace(fs, fs.pwd, path);
}

export function copy_fs_struct(old: fs_struct): fs_struct {
  const fs = kzalloc(sizeof<fs_struct>(), GFP_KERNEL) as fs_struct;
  if (fs === null) return null;
  fs.users = 1;
  fs.umask = old.umask;
  get_fs_root(old, fs.root);
  get_fs_pwd(old, fs.pwd);
  return fs;
}

export function exit_fs(tsk: task_struct): void {
  const fs = tsk.fs;
  if (fs === null) return;
  // /proc/PID/cwd and its like look at it under alloc_lock.
  spin_lock(tsk.alloc_lock);
  tsk.fs = null;
  spin_unlock(tsk.alloc_lock);
  if (fetch_add(addr(fs.users), -1) !== 1 || fs === init_fs) return;
  path_put(fs.root);
  path_put(fs.pwd);
  kfree(fs);
}
