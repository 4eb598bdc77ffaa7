// Shell-style patterns: * ? [set] [!set] and backslash. Bounded work: one point to come back to.

export function glob_match(pattern: cstr, text: cstr): bool {
  const p = pattern as u8[];
  const s = text as u8[];
  let i: u64 = 0;
  let j: u64 = 0;
  let back_pattern: u64 = 0;
  let back_text: u64 = 0;
  let has_back = false;
  for (;;) {
    const c = s[j];
    const d = p[i];
    let matched = false;
    let next = i + 1;
    if (d === 42) {
      if (p[i + 1] === 0) return true;
      has_back = true;
      back_pattern = i + 1;
      back_text = j;
      i++;
      continue;
    }
    if (d === 63) {
      matched = c !== 0;
    } else if (d === 91) {
      let k = i + 1;
      const negate = p[k] === 33;
      if (negate) k++;
      let hit = false;
      const first = k;
      while (p[k] !== 0 && (p[k] !== 93 || k === first)) {
        const low = p[k];
        let high = low;
        if (p[k + 1] === 45 && p[k + 2] !== 93 && p[k + 2] !== 0) {
          high = p[k + 2];
          k += 2;
        }
        if (c >= low && c <= high) hit = true;
        k++;
      }
      if (p[k] === 0) {
        matched = c === 91; // an open set is a plain character
      } else {
        next = k + 1;
        matched = c !== 0 && hit !== negate;
      }
    } else {
      const literal = d === 92 && p[i + 1] !== 0 ? p[i + 1] : d;
      if (d === 92 && p[i + 1] !== 0) next = i + 2;
      matched = c === literal;
      if (matched && c === 0) return true;
    }
    if (matched) {
      i = next;
      j++;
      continue;
    }
    if (c === 0 || !has_back) return false;
    back_text++;
    i = back_pattern;
    j = back_text;
  }
}
EXPORT_SYMBOL(glob_match);
