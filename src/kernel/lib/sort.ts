// Heap sort in place, and binary search, over elements of any size.

function swap_bytes(a: u8[], b: u8[], size: u64): void {
  if ((size & 7) === 0) {
    const x = at<u64[]>(u64(a));
    const y = at<u64[]>(u64(b));
    for (let i: u64 = 0; i < size >> 3; i++) {
      const t = x[i];
      x[i] = y[i];
      y[i] = t;
    }
    return;
  }
  for (let i: u64 = 0; i < size; i++) {
    const t = a[i];
    a[i] = b[i];
    b[i] = t;
  }
}

export function sort(base: ptr, num: u64, size: u64, cmp: (a: ptr, b: ptr) => int): void {
  const p = base as u8[];
  if (num < 2) return;
  let start = num / 2;
  let end = num;
  while (end > 1) {
    if (start > 0) {
      start--;
    } else {
      end--;
      swap_bytes(p, add(p, end * size), size);
    }
    let root = start;
    for (;;) {
      let child = 2 * root + 1;
      if (child >= end) break;
      if (child + 1 < end && cmp(add(p, child * size), add(p, (child + 1) * size)) < 0) child++;
      if (cmp(add(p, root * size), add(p, child * size)) >= 0) break;
      swap_bytes(add(p, root * size), add(p, child * size), size);
      root = child;
    }
  }
}

export function bsearch(key: ptr, base: ptr, num: u64, size: u64, cmp: (key: ptr, element: ptr) => int): ptr {
  const p = base as u8[];
  let low: u64 = 0;
  let high = num;
  while (low < high) {
    const mid = (low + high) / 2;
    const element = add(p, mid * size);
    const c = cmp(key, element);
    if (c === 0) return element;
    if (c < 0) high = mid;
    else low = mid + 1;
  }
  return null;
}
EXPORT_SYMBOL(sort);
EXPORT_SYMBOL(bsearch);
