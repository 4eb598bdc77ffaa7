// n_tty's way out: output settings (OPOST and its kin), and the echo. All of it runs under output_lock.
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { GFP_KERNEL, kmalloc } from "linux/slab";
import { ECHOCTL, OCRNL, ONLCR, ONLRET, ONOCR, OPOST, TABDLY, XTABS } from "linux/termios";
import type { tty_struct } from "linux/tty";
import { wake_up_interruptible } from "linux/wait";

export const BS = 8;
export const TAB = 9;
export const LF = 10;
export const CR = 13;
export const BELL = 7;
export const SPACE = 32;
export const CARET = 94;
const ECHO_BUF_SIZE = 1024;

export function L(tty: tty_struct, flag: u32): bool {
  return (tty.termios.c_lflag & flag) !== 0;
}
inline(L);
export function I(tty: tty_struct, flag: u32): bool {
  return (tty.termios.c_iflag & flag) !== 0;
}
inline(I);
export function O(tty: tty_struct, flag: u32): bool {
  return (tty.termios.c_oflag & flag) !== 0;
}
inline(O);

// ---- output ----

/** One character with the output settings applied. output_lock held. */
function do_output_char(tty: tty_struct, c: u8): void {
  let ch: u8 = c;
  if (O(tty, OPOST)) {
    if (c === LF) {
      if (O(tty, ONLRET)) tty.column = 0;
      if (O(tty, ONLCR)) {
        tty.column = 0;
        tty.canon_column = 0;
        tty.ops.write(tty, "\r\n" as ptr as u8[], 2);
        return;
      }
      tty.canon_column = tty.column;
    } else if (c === CR) {
      if (O(tty, ONOCR) && tty.column === 0) return;
      if (O(tty, OCRNL)) ch = LF;
      else tty.column = 0;
      tty.canon_column = tty.column;
    } else if (c === TAB) {
      const spaces: u32 = 8 - (tty.column & 7);
      tty.column += spaces;
      if ((tty.termios.c_oflag & TABDLY) === XTABS) {
        tty.ops.write(tty, "        " as ptr as u8[], int(spaces));
        return;
      }
    } else if (c === BS) {
      if (tty.column > 0) tty.column -= 1;
    } else if (c >= SPACE && c !== 127 && (c & 0xc0) !== 0x80) {
      tty.column += 1;
    }
  }
  tty.ops.write(tty, addr(ch), 1);
}

/** Text from kernel memory to the driver: runs of plain characters go as one write. */
export function process_output(tty: tty_struct, buf: u8[], nr: u64): void {
  mutex_lock(tty.output_lock);
  if (!O(tty, OPOST)) {
    tty.ops.write(tty, buf, int(nr));
  } else {
    let i: u64 = 0;
    while (i < nr) {
      let n: u64 = 0;
      while (i + n < nr && buf[i + n] >= SPACE && buf[i + n] !== 127) n++;
      if (n !== 0) {
        tty.ops.write(tty, add(buf, i), int(n));
        tty.column += u32(n);
        i += n;
      } else {
        do_output_char(tty, buf[i]);
        i += 1;
      }
    }
  }
  mutex_unlock(tty.output_lock);
}

// ---- echo; called with output_lock held ----

export function echo_raw(tty: tty_struct, c: u8): void {
  if (!tty.flow_stopped) {
    do_output_char(tty, c);
    return;
  }
  // ^S stops the echo too; it comes with ^Q.
  if (tty.echo_buf === null) tty.echo_buf = kmalloc(ECHO_BUF_SIZE, GFP_KERNEL) as u8[];
  if (tty.echo_buf === null || tty.echo_len >= ECHO_BUF_SIZE) return;
  tty.echo_buf[tty.echo_len] = c;
  tty.echo_len += 1;
}

/** Output goes on. output_lock held. */
export function start_output(tty: tty_struct): void {
  tty.flow_stopped = false;
  const n = tty.echo_len;
  tty.echo_len = 0;
  for (let i: u32 = 0; i < n; i++) do_output_char(tty, tty.echo_buf[i]);
  wake_up_interruptible(tty.write_wait);
}

export function n_tty_start(tty: tty_struct): void {
  mutex_lock(tty.output_lock);
  if (tty.flow_stopped) start_output(tty);
  mutex_unlock(tty.output_lock);
}

export function echo_char(tty: tty_struct, c: u8): void {
  if (L(tty, ECHOCTL) && (c < SPACE || c === 127) && c !== TAB && c !== LF) {
    echo_raw(tty, CARET);
    echo_raw(tty, c ^ 0x40);
  } else {
    echo_raw(tty, c);
  }
}

export function echo_back(tty: tty_struct): void {
  echo_raw(tty, BS);
  echo_raw(tty, SPACE);
  echo_raw(tty, BS);
}
