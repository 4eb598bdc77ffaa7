// malloc over the break: blocks one after the other, each with its size in front; free ones are joined when room is sought.

import { brk } from "./unistd";

/** In front of each block; size counts the header and is a multiple of 16, its lowest bit says that the block is in use. */
interface block extends struct<"block"> {
  size?: u64;
  pad?: u64;
}

const GROW = 65536;
let heap_start: u64 = 0;
let heap_end: u64 = 0;

function next_of(b: block): block {
  return at<block>(u64(b) + (b.size & ~u64(15)));
}

/** More heap, at least `size` bytes, as a free block at its end. False: there is none to be had. */
function grow(size: u64): bool {
  if (heap_start === 0) {
    heap_start = (brk(0) + 15) & ~u64(15);
    heap_end = heap_start;
  }
  const bytes = size > GROW ? (size + 4095) & ~u64(4095) : u64(GROW);
  if (bytes < size || brk(heap_end + bytes) !== heap_end + bytes) return false;
  at<block>(heap_end).size = bytes;
  heap_end += bytes;
  return true;
}

function find_free(size: u64): block {
  let b = at<block>(heap_start);
  while (u64(b) < heap_end) {
    if ((b.size & 1) === 0) {
      let follower = next_of(b);
      while (u64(follower) < heap_end && (follower.size & 1) === 0) {
        b.size += follower.size;
        follower = next_of(b);
      }
      if (b.size >= size) return b;
    }
    b = next_of(b);
  }
  return null;
}

/** 16-byte aligned memory, or null. */
export function malloc(n: u64): ptr {
  const size = (n + sizeof<block>() + 15) & ~u64(15);
  if (size < n) return null;
  let b = find_free(size);
  if (b === null) {
    if (!grow(size)) return null;
    b = find_free(size);
  }
  if (b.size - size >= 32) {
    const rest = at<block>(u64(b) + size);
    rest.size = b.size - size;
    b.size = size;
  }
  b.size |= 1;
  return at<ptr>(u64(b) + sizeof<block>());
}

export function free(p: ptr): void {
  if (p === null) return;
  const b = at<block>(u64(p) - sizeof<block>());
  b.size &= ~u64(1);
}
