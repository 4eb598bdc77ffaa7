// Terminals as files: open, read, write, poll, hangup; /dev/tty and /dev/console.

import { CON_CONSDEV, type console, console_list } from "linux/console";
import { get_current } from "linux/current";
import { EIO, ENODEV, ENOMEM, ENXIO } from "linux/errno";
import { O_NOCTTY } from "linux/fcntl";
import { type file, type file_operations, type inode, type kiocb, MAJOR, MINOR, MKDEV, stream_open } from "linux/fs";
import { snprintf } from "linux/kernel";
import { type kobj_attribute, type kobject, kobject_create_and_add } from "linux/kobject";
import { mutex_init } from "linux/mutex";
import { PIDTYPE_SID, pid_task, put_pid } from "linux/pid";
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDNORM, EPOLLWRNORM, type poll_table_struct } from "linux/poll";
import { tasklist_lock } from "linux/sched";
import { kill_pgrp, SIGCONT, SIGHUP, send_sig } from "linux/signal";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { read_lock, read_unlock, spin_lock, spin_unlock } from "linux/spinlock";
import { memcpy, strcmp } from "linux/string";
import { sysfs_create_file, sysfs_emit_at } from "linux/sysfs";
import {
  B115200,
  CLOCAL,
  CREAD,
  CS8,
  ECHO,
  ECHOCTL,
  ECHOE,
  ECHOK,
  ECHOKE,
  HUPCL,
  ICANON,
  ICRNL,
  IEXTEN,
  ISIG,
  IXON,
  type ktermios,
  ONLCR,
  OPOST,
} from "linux/termios";
import { type tty_driver, type tty_file_private, type tty_struct } from "linux/tty";
import { type iov_iter, iov_iter_count } from "linux/uio";
import { init_waitqueue_head, wake_up_interruptible } from "linux/wait";
import { register_chrdev } from "../../fs/char_dev";
import { no_llseek } from "../../fs/read_write";
import { devtmpfs_create_node } from "../base/devtmpfs";
import { n_tty_open } from "./n_tty";
import { n_tty_poll, n_tty_read, n_tty_write } from "./n_tty_io";
import { tty_ioctl } from "./tty_ioctl";
import { session_clear_tty, tty_open_proc_set_tty } from "./tty_jobctrl";

const TTYAUX_MAJOR = 5;

/** Newest first. Grows at boot alone, when one task runs; read without a lock. */
let tty_drivers: tty_driver = null;
/** What /dev/console is. */
let console_tty: tty_struct = null;

/** Control characters: ^C ^\ DEL ^U ^D 0 1 0 ^Q ^S ^Z 0 ^R ^O ^W ^V 0 */
const INIT_C_CC: array<u8, 19> = [3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0];

export function tty_std_termios(t: ktermios): void {
  t.c_iflag = ICRNL | IXON;
  t.c_oflag = OPOST | ONLCR;
  t.c_cflag = B115200 | CS8 | CREAD | HUPCL | CLOCAL;
  t.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
  memcpy(t.c_cc, INIT_C_CC, 19);
}

/** What /dev/console is; null before a driver has come. */
export function tty_console(): tty_struct {
  return console_tty;
}

export function tty_name(tty: tty_struct): u8[] {
  return tty.name;
}

export function tty_devnum(tty: tty_struct): u32 {
  return tty.dev;
}

function alloc_tty(driver: tty_driver, index: int): tty_struct {
  const tty = kzalloc(sizeof<tty_struct>(), GFP_KERNEL) as tty_struct;
  if (tty === null) return null;
  tty.driver = driver;
  tty.ops = driver.ops;
  tty.index = index;
  tty.dev = MKDEV(u32(driver.major), u32(driver.minor_start + index));
  snprintf(tty.name, 16, "%s%d", driver.name, index);
  mutex_init(tty.termios_rwsem);
  mutex_init(tty.winsize_mutex);
  mutex_init(tty.atomic_write_lock);
  mutex_init(tty.atomic_read_lock);
  mutex_init(tty.output_lock);
  init_waitqueue_head(tty.read_wait);
  init_waitqueue_head(tty.write_wait);
  tty_std_termios(tty.termios);
  n_tty_open(tty);
  return tty;
}

/** Makes the terminals and their nodes. The first driver's first terminal is the console. */
export function tty_register_driver(driver: tty_driver): int {
  driver.ttys = kzalloc(u64(driver.num) * 8, GFP_KERNEL) as ref<tty_struct>[];
  if (driver.ttys === null) return -ENOMEM;
  const err = __register(driver);
  if (err !== 0) return err;
  for (let i: int = 0; i < driver.num; i++) {
    const tty = alloc_tty(driver, i);
    if (tty === null) return -ENOMEM;
    driver.ttys[i] = tty;
    devtmpfs_create_node(tty.name, 0o600, tty.dev);
    if (console_tty === null) console_tty = tty;
  }
  driver.next = tty_drivers;
  tty_drivers = driver;
  return 0;
}

function __register(driver: tty_driver): int {
  return register_chrdev(u32(driver.major), driver.name, tty_fops);
}

/** All drivers, newest first. */
export function tty_driver_list(): tty_driver {
  return tty_drivers;
}

/** The device number of a console's terminal; 0 where it has none. */
export function tty_console_device(con: console): u32 {
  for (let d = tty_drivers; d !== null; d = d.next)
    if (strcmp(d.name, con.name) === 0 && int(con.index) < d.num) return d.ttys[int(con.index)].dev;
  return 0;
}

export function tty_driver_lookup(dev: u32): tty_struct {
  for (let d = tty_drivers; d !== null; d = d.next) {
    const n: int = int(MINOR(dev)) - d.minor_start;
    if (MAJOR(dev) === u32(d.major) && n >= 0 && n < d.num) return d.ttys[n];
  }
  return null;
}

function tty_open(inode: inode, f: file): int {
  const dev = inode.i_rdev;
  let noctty = (f.f_flags & O_NOCTTY) !== 0;
  let tty: tty_struct = null;
  if (dev === MKDEV(TTYAUX_MAJOR, 0)) {
    tty = get_current().signal.tty;
    if (tty === null) return -ENXIO;
    noctty = true;
  } else if (dev === MKDEV(TTYAUX_MAJOR, 1)) {
    tty = console_tty;
    if (tty === null) return -ENODEV;
    noctty = true;
  } else {
    tty = tty_driver_lookup(dev);
    if (tty === null) return -ENXIO;
  }
  const priv = kzalloc(sizeof<tty_file_private>(), GFP_KERNEL) as tty_file_private;
  if (priv === null) return -ENOMEM;
  priv.tty = tty;
  priv.generation = tty.generation;
  if (tty.ops.open !== null) {
    const err = tty.ops.open(tty, f);
    if (err !== 0) {
      kfree(priv);
      return err;
    }
  }
  fetch_add(addr(tty.count), 1);
  f.private_data = priv;
  stream_open(inode, f);
  if (!noctty) tty_open_proc_set_tty(tty);
  return 0;
}

function tty_release(inode: inode, f: file): int {
  const priv = f.private_data as tty_file_private;
  const tty = priv.tty;
  if (tty.ops.close !== null) tty.ops.close(tty, f);
  fetch_add(addr(tty.count), -1);
  kfree(priv);
  return 0;
}

export function tty_hung_up(f: file): bool {
  const priv = f.private_data as tty_file_private;
  return priv.generation !== priv.tty.generation;
}

function tty_read(iocb: kiocb, to: iov_iter): s64 {
  const f = iocb.ki_filp;
  if (tty_hung_up(f)) return 0;
  if (iov_iter_count(to) === 0) return 0;
  return n_tty_read((f.private_data as tty_file_private).tty, f, to);
}

function tty_write(iocb: kiocb, from: iov_iter): s64 {
  const f = iocb.ki_filp;
  if (tty_hung_up(f)) return -EIO;
  return n_tty_write((f.private_data as tty_file_private).tty, f, from);
}

function tty_poll(f: file, wait: poll_table_struct): u32 {
  if (tty_hung_up(f)) return EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLRDNORM | EPOLLWRNORM;
  return n_tty_poll((f.private_data as tty_file_private).tty, f, wait);
}

/** The line is gone: open files are dead, the session leader and the foreground group get SIGHUP. */
export function tty_hangup(tty: tty_struct): void {
  fetch_add(addr(tty.generation), u32(1));
  spin_lock(tty.ctrl_lock);
  const session = tty.session;
  const pgrp = tty.pgrp;
  tty.session = null;
  tty.pgrp = null;
  spin_unlock(tty.ctrl_lock);
  if (session !== null) {
    read_lock(tasklist_lock);
    const leader = pid_task(session, PIDTYPE_SID);
    if (leader !== null) {
      send_sig(SIGHUP, leader, 1);
      send_sig(SIGCONT, leader, 1);
    }
    read_unlock(tasklist_lock);
    session_clear_tty(session);
    put_pid(session);
  }
  if (pgrp !== null) {
    kill_pgrp(pgrp, SIGHUP, 1);
    put_pid(pgrp);
  }
  wake_up_interruptible(tty.read_wait);
  wake_up_interruptible(tty.write_wait);
}

const tty_fops: file_operations = {
  llseek: no_llseek,
  open: tty_open,
  release: tty_release,
  read_iter: tty_read,
  write_iter: tty_write,
  poll: tty_poll,
  unlocked_ioctl: tty_ioctl,
};

/** The terminals of the consoles, that of /dev/console last, as Linux has them. */
function show_cons_active(_kobj: kobject, _attr: kobj_attribute, buf: u8[]): s64 {
  let n: int = 0;
  let last: console = null;
  for (let con = console_list(); con !== null; con = con.next) {
    if ((con.flags & CON_CONSDEV) !== 0) last = con;
    else n += sysfs_emit_at(buf, n, "%s%d ", con.name, int(con.index));
  }
  if (last !== null) n += sysfs_emit_at(buf, n, "%s%d", last.name, int(last.index));
  n += sysfs_emit_at(buf, n, "\n");
  return s64(n);
}

const cons_active_attr: kobj_attribute = { attr: { name: "active", mode: 0o444 }, show: show_cons_active };

/** /sys/class/tty/console/active tells what /dev/console stands for, so that a session can be led on the true terminal. */
function tty_class_init(): void {
  const tty = kobject_create_and_add("tty", kobject_create_and_add("class", null));
  const dir = tty === null ? null : kobject_create_and_add("console", tty);
  if (dir !== null) sysfs_create_file(dir, cons_active_attr.attr);
}

export function tty_init(): int {
  register_chrdev(TTYAUX_MAJOR, "/dev/tty", tty_fops);
  devtmpfs_create_node("tty", 0o666, MKDEV(TTYAUX_MAJOR, 0));
  devtmpfs_create_node("console", 0o600, MKDEV(TTYAUX_MAJOR, 1));
  tty_class_init();
  return 0;
}
