// The proc file system: mounting, and its root, which is the registered entries and then the tasks.
import { d_make_root, type dentry } from "linux/dcache";
import { IS_ERR, PTR_ERR } from "linux/err";
import { ENOENT, ENOMEM } from "linux/errno";
import {
  type dir_context,
  type file,
  type file_operations,
  type file_system_type,
  type inode,
  type inode_operations,
  kill_anon_super,
  mount_single,
  register_filesystem,
  type super_block,
} from "linux/fs";
import { proc_mkdir, proc_symlink } from "linux/proc_fs";
import { generic_read_dir } from "../libfs";
import { generic_file_llseek } from "../read_write";
import { proc_pid_lookup, proc_pid_readdir } from "./base";
import { proc_cmdline_init } from "./cmdline";
import { proc_consoles_init } from "./consoles";
import { proc_cpuinfo_init } from "./cpuinfo";
import { pde_get, proc_generic_init, proc_lookup_de, proc_readdir_de, proc_root } from "./generic";
import { proc_dentry_operations, proc_get_inode, proc_sops } from "./inode";
import { proc_interrupts_init } from "./interrupts";
import { proc_kmsg_init } from "./kmsg";
import { proc_meminfo_init } from "./meminfo";
import { proc_misc_init } from "./misc";
import { proc_sys_init } from "./proc_sysctl";
import { proc_tty_init } from "./proc_tty";
import { proc_setup_self } from "./self";
import { proc_stat_init } from "./stat";

const PROC_SUPER_MAGIC = 0x9fa0;
/** Positions from here on belong to tasks. */
const FIRST_PROCESS_ENTRY = 256;

function proc_root_lookup(dir: inode, dentry: dentry, flags: u32): dentry {
  const c = dentry.d_name.name[0];
  if (c >= 48 && c <= 57) {
    const found = proc_pid_lookup(dir, dentry);
    if (!IS_ERR(found) || PTR_ERR(found) !== -ENOENT) return found;
  }
  return proc_lookup_de(dir, dentry, proc_root);
}

function proc_root_readdir(f: file, ctx: dir_context): int {
  if (ctx.pos < FIRST_PROCESS_ENTRY) {
    if (proc_readdir_de(f, ctx, proc_root) === 0) return 0;
    ctx.pos = FIRST_PROCESS_ENTRY;
  }
  return proc_pid_readdir(f, ctx);
}

const proc_root_inode_operations: inode_operations = { lookup: proc_root_lookup };
const proc_root_operations: file_operations = { llseek: generic_file_llseek, read: generic_read_dir, iterate_shared: proc_root_readdir };

function proc_fill_super(sb: super_block, data: cstr): int {
  sb.s_magic = PROC_SUPER_MAGIC;
  sb.s_blocksize = 1024;
  sb.s_op = proc_sops;
  const inode = proc_get_inode(sb, pde_get(proc_root));
  if (inode === null) return -ENOMEM;
  sb.s_root = d_make_root(inode);
  if (sb.s_root === null) return -ENOMEM;
  sb.s_d_op = proc_dentry_operations;
  return 0;
}

function proc_mount(type: file_system_type, flags: int, dev_name: cstr, data: cstr): dentry {
  return mount_single(type, flags, data, proc_fill_super);
}

const proc_fs_type: file_system_type = { name: "proc", mount: proc_mount, kill_sb: kill_anon_super };

export function proc_root_init(): void {
  proc_generic_init();
  proc_root.proc_iops = proc_root_inode_operations;
  proc_root.proc_dir_ops = proc_root_operations;
  proc_setup_self();
  proc_symlink("mounts", null, "self/mounts");
  proc_mkdir("fs", null);
  proc_mkdir("driver", null);
  proc_cmdline_init();
  proc_misc_init();
  proc_stat_init();
  proc_interrupts_init();
  proc_consoles_init();
  proc_cpuinfo_init();
  proc_kmsg_init();
  proc_meminfo_init();
  proc_tty_init();
  proc_sys_init();
  register_filesystem(proc_fs_type);
}
