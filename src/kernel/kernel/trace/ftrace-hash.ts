// Hashes of site addresses: which functions an ops traces. A published hash is never changed, but replaced.

import { EINVAL, ENOENT, ENOMEM } from "linux/errno";
import type { ftrace_func_entry, ftrace_hash, ftrace_ops, ftrace_ops_hash } from "linux/ftrace";
import { hlist_add_head, hlist_del } from "linux/list";
import { GFP_KERNEL, kcalloc, kfree, kzalloc } from "linux/slab";
import type { hlist_head } from "linux/types";

notrace_file();

const FTRACE_HASH_MAX_BITS = 12;
/** ftrace_hash.flags: functions of modules that are not loaded belong to it, so that it selects, though maybe nothing yet. */
export const FTRACE_HASH_FL_MOD = 1;

export function ftrace_hash_empty(hash: ftrace_hash): bool {
  return hash === null || (hash.count === u64(0) && (hash.flags & u32(FTRACE_HASH_FL_MOD)) === u32(0));
}

function bucket_index(hash: ftrace_hash, ip: u64): u64 {
  // Functions are 16-byte aligned.
  return (ip >> 4) & ((u64(1) << hash.size_bits) - u64(1));
}
inline(bucket_index);

export function ftrace_lookup_ip(hash: ftrace_hash, ip: u64): ftrace_func_entry {
  if (hash === null || hash.count === u64(0)) return null;
  for (let n = hash.buckets[bucket_index(hash, ip)].first; n !== null; n = n.next) {
    const entry = container_of<ftrace_func_entry>(n, "hlist");
    if (entry.ip === ip) return entry;
  }
  return null;
}

/** Does this pair of hashes select the site? An empty filter selects all. */
export function hash_contains_ip(ip: u64, hash: ftrace_ops_hash): bool {
  const filter = READ_ONCE(hash.filter_hash);
  if (!ftrace_hash_empty(filter) && ftrace_lookup_ip(filter, ip) === null) return false;
  return ftrace_lookup_ip(READ_ONCE(hash.notrace_hash), ip) === null;
}

export function ftrace_ops_test(ops: ftrace_ops, ip: u64): bool {
  return hash_contains_ip(ip, ops.func_hash);
}

export function alloc_ftrace_hash(size_bits: u32): ftrace_hash {
  const hash = kzalloc(sizeof<ftrace_hash>(), GFP_KERNEL) as ftrace_hash;
  if (hash === null) return null;
  hash.size_bits = size_bits;
  hash.buckets = kcalloc(u64(1) << size_bits, sizeof<hlist_head>(), GFP_KERNEL) as hlist_head[];
  if (hash.buckets === null) {
    kfree(hash);
    return null;
  }
  return hash;
}

export function add_hash_entry(hash: ftrace_hash, ip: u64): int {
  const entry = kzalloc(sizeof<ftrace_func_entry>(), GFP_KERNEL) as ftrace_func_entry;
  if (entry === null) return -ENOMEM;
  entry.ip = ip;
  hlist_add_head(entry.hlist, hash.buckets[bucket_index(hash, ip)]);
  hash.count++;
  return 0;
}

export function remove_hash_entry(hash: ftrace_hash, entry: ftrace_func_entry): void {
  hlist_del(entry.hlist);
  hash.count--;
  kfree(entry);
}

export function free_ftrace_hash(hash: ftrace_hash): void {
  if (hash === null) return;
  const size: u64 = u64(1) << hash.size_bits;
  for (let i: u64 = 0; i < size; i++) {
    for (let n = hash.buckets[i].first; n !== null; ) {
      const entry = container_of<ftrace_func_entry>(n, "hlist");
      n = n.next;
      kfree(entry);
    }
  }
  kfree(hash.buckets);
  kfree(hash);
}

/** A private copy to change; from null or an empty hash: a new one. */
export function alloc_and_copy_ftrace_hash(hash: ftrace_hash): ftrace_hash {
  const count = hash === null ? u64(0) : hash.count;
  let bits: u32 = 4;
  while (bits < FTRACE_HASH_MAX_BITS && u64(1) << bits < count) bits++;
  const new_hash = alloc_ftrace_hash(bits);
  if (new_hash === null || count === u64(0)) return new_hash;
  const size: u64 = u64(1) << hash.size_bits;
  for (let i: u64 = 0; i < size; i++) {
    for (let n = hash.buckets[i].first; n !== null; n = n.next) {
      if (add_hash_entry(new_hash, container_of<ftrace_func_entry>(n, "hlist").ip) < 0) {
        free_ftrace_hash(new_hash);
        return null;
      }
    }
  }
  return new_hash;
}

/** Adds or removes one site; present ones may be added, absent ones not removed. `ip` is a site. */
export function ftrace_match_addr(hash: ftrace_hash, ip: u64, remove: bool): int {
  if (ip === u64(0)) return -EINVAL;
  const entry = ftrace_lookup_ip(hash, ip);
  if (remove) {
    if (entry === null) return -ENOENT;
    remove_hash_entry(hash, entry);
    return 0;
  }
  return entry !== null ? 0 : add_hash_entry(hash, ip);
}
