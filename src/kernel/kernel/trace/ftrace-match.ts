// Which sites a word of a filter selects: a glob over function names, an index into available_filter_functions, and a module.

import { type dyn_ftrace, FTRACE_FL_DISABLED, type ftrace_hash } from "linux/ftrace";
import { kallsyms_lookup } from "linux/kallsyms";
import { kstrtoul } from "linux/kernel";
import type { module } from "linux/module";
import { strcmp } from "linux/string";
import { glob_match } from "../../lib/glob";
import { ftrace_match_addr } from "./ftrace-hash";
import { ftrace_next_rec, type ftrace_rec_iter, ftrace_rec_iter_start } from "./ftrace-pages";

notrace_file();

/** mod: null: any; a glob over module names, with a leading ! for all others ("" for the kernel itself). */
export function ftrace_match_record(rec: dyn_ftrace, glob: cstr, mod: cstr): bool {
  let m: module = null;
  const name = kallsyms_lookup(rec.ip, null, null, addr(m));
  if (name === null) return false;
  if (mod !== null) {
    const negate = mod[0] === 33;
    const pattern: u8[] = negate ? add(mod as u8[], 1) : (mod as u8[]);
    const same = m !== null && (pattern[0] === 0 || glob_match(pattern, m.name));
    if (same === negate) return false;
    if (glob[0] === 0 || strcmp(glob, "*") === 0) return true;
  }
  return glob[0] !== 0 && glob_match(glob, name);
}

/** Adds (removes, with a leading !) what the word selects. The number of matching sites. The caller holds ftrace_lock. */
export function ftrace_match_records(hash: ftrace_hash, word: cstr, mod: cstr): int {
  let iter: embed<ftrace_rec_iter>;
  const remove = word[0] === 33;
  const glob: u8[] = remove ? add(word as u8[], 1) : (word as u8[]);
  let index: u64 = 0;
  if (mod === null && glob[0] >= 48 && glob[0] <= 57 && kstrtoul(glob, 0, addr(index)) !== 0) return 0;
  let found: int = 0;
  let n: u64 = 0;
  ftrace_rec_iter_start(iter);
  for (let rec = ftrace_next_rec(iter); rec !== null; rec = ftrace_next_rec(iter)) {
    if ((rec.flags & u64(FTRACE_FL_DISABLED)) !== u64(0)) continue;
    n++;
    if (index !== u64(0) ? n !== index : !ftrace_match_record(rec, glob, mod)) continue;
    found++;
    const err = ftrace_match_addr(hash, rec.ip, remove);
    if (err === -12) return err;
    if (index !== u64(0)) break;
  }
  return found;
}
