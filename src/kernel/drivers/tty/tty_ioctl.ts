// ioctl on terminals: line settings, window size, flow control.

import { CAP_SYS_ADMIN, capable } from "linux/cred";
import { get_current } from "linux/current";
import { EFAULT, EINVAL, EIO, ENOTTY, EPERM } from "linux/errno";
import { type file } from "linux/fs";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { put_pid } from "linux/pid";
import { kill_pgrp, SIGWINCH } from "linux/signal";
import { memcmp } from "linux/string";
import {
  CREAD,
  FIONREAD,
  HUPCL,
  IXON,
  type ktermios,
  TCFLSH,
  TCGETS,
  TCIFLUSH,
  TCIOFLUSH,
  TCOFLUSH,
  TCSBRK,
  TCSBRKP,
  TCSETS,
  TCSETSF,
  TCSETSW,
  TCXONC,
  TIOCGWINSZ,
  TIOCOUTQ,
  TIOCSTI,
  TIOCSWINSZ,
  type winsize,
} from "linux/termios";
import { type tty_file_private, type tty_struct } from "linux/tty";
import { copy_from_user, copy_to_user } from "linux/uaccess";
import { n_tty_flush_buffer, n_tty_receive_buf, n_tty_set_termios } from "./n_tty";
import { n_tty_inq } from "./n_tty_io";
import { n_tty_start } from "./n_tty_output";
import { tty_hung_up } from "./tty_io";
import { tty_check_change, tty_get_pgrp, tty_jobctrl_ioctl } from "./tty_jobctrl";

function set_termios(tty: tty_struct, arg: u64, flush: bool): int {
  const err = tty_check_change(tty);
  if (err !== 0) return err;
  let fresh: embed<ktermios>;
  let old: embed<ktermios>;
  if (copy_from_user(fresh, at<ptr>(arg), 36) !== 0) return -EFAULT;
  if (flush) n_tty_flush_buffer(tty);
  mutex_lock(tty.termios_rwsem);
  mutex_lock(tty.output_lock);
  copy(old, tty.termios);
  copy(tty.termios, fresh);
  // A serial console has no other format than it was set up with.
  tty.termios.c_cflag = (tty.termios.c_cflag & ~u32(HUPCL)) | CREAD;
  n_tty_set_termios(tty, old.c_lflag);
  mutex_unlock(tty.output_lock);
  if (tty.ops.set_termios !== null) tty.ops.set_termios(tty, old);
  if ((tty.termios.c_iflag & IXON) === 0) n_tty_start(tty);
  mutex_unlock(tty.termios_rwsem);
  return 0;
}

/** Another window size, of which the foreground group hears. */
export function tty_do_resize(tty: tty_struct, ws: winsize): int {
  mutex_lock(tty.winsize_mutex);
  const same = memcmp(ws, tty.winsize, 8) === 0;
  copy(tty.winsize, ws);
  mutex_unlock(tty.winsize_mutex);
  if (same) return 0;
  const pgrp = tty_get_pgrp(tty);
  if (pgrp !== null) kill_pgrp(pgrp, SIGWINCH, 1);
  put_pid(pgrp);
  return 0;
}

function tiocswinsz(tty: tty_struct, arg: u64): int {
  let ws: embed<winsize>;
  if (copy_from_user(ws, at<ptr>(arg), 8) !== 0) return -EFAULT;
  return tty_do_resize(tty, ws);
}

function tiocgwinsz(tty: tty_struct, arg: u64): int {
  let ws: embed<winsize>;
  mutex_lock(tty.winsize_mutex);
  copy(ws, tty.winsize);
  mutex_unlock(tty.winsize_mutex);
  return copy_to_user(at<ptr>(arg), ws, 8) !== 0 ? -EFAULT : 0;
}

function tcgets(tty: tty_struct, arg: u64): int {
  let now: embed<ktermios>;
  mutex_lock(tty.termios_rwsem);
  copy(now, tty.termios);
  mutex_unlock(tty.termios_rwsem);
  return copy_to_user(at<ptr>(arg), now, 36) !== 0 ? -EFAULT : 0;
}

function tiocsti(tty: tty_struct, arg: u64): int {
  let c: u8 = 0;
  if (get_current().signal.tty !== tty && !capable(CAP_SYS_ADMIN)) return -EPERM;
  if (copy_from_user(addr(c), at<ptr>(arg), 1) !== 0) return -EFAULT;
  n_tty_receive_buf(tty, addr(c), 1);
  return 0;
}

function tcflsh(tty: tty_struct, arg: u64): int {
  const err = tty_check_change(tty);
  if (err !== 0) return err;
  if (arg === TCIFLUSH || arg === TCIOFLUSH) n_tty_flush_buffer(tty);
  else if (arg !== TCOFLUSH) return -EINVAL;
  return 0;
}

function tcxonc(tty: tty_struct, arg: u64): int {
  const err = tty_check_change(tty);
  if (err !== 0) return err;
  if (arg > 3) return -EINVAL;
  if (arg === 0) tty.flow_stopped = true;
  if (arg === 1) n_tty_start(tty);
  return 0;
}

export function tty_ioctl(f: file, cmd: u32, arg: u64): s64 {
  const tty = (f.private_data as tty_file_private).tty;
  if (tty_hung_up(f)) return -EIO;
  const job = tty_jobctrl_ioctl(tty, cmd, arg);
  if (job <= 0) return s64(job);
  let n: int = 0;
  switch (cmd) {
    case TCGETS:
      return s64(tcgets(tty, arg));
    case TCSETS:
    case TCSETSW:
      return s64(set_termios(tty, arg, false));
    case TCSETSF:
      return s64(set_termios(tty, arg, true));
    case TIOCGWINSZ:
      return s64(tiocgwinsz(tty, arg));
    case TIOCSWINSZ:
      return s64(tiocswinsz(tty, arg));
    case TIOCSTI:
      return s64(tiocsti(tty, arg));
    case FIONREAD:
      n = n_tty_inq(tty);
      return copy_to_user(at<ptr>(arg), addr(n), 4) !== 0 ? -EFAULT : 0;
    case TIOCOUTQ:
      // Output is out when write returns.
      return copy_to_user(at<ptr>(arg), addr(n), 4) !== 0 ? -EFAULT : 0;
    case TCFLSH:
      return s64(tcflsh(tty, arg));
    case TCXONC:
      return s64(tcxonc(tty, arg));
    case TCSBRK:
    case TCSBRKP:
      return s64(tty_check_change(tty));
  }
  return -ENOTTY;
}
