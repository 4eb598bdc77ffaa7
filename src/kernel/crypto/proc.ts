// /proc/crypto: the registered algorithms.

import {
  CRYPTO_ALG_ASYNC,
  CRYPTO_ALG_INTERNAL,
  CRYPTO_ALG_TYPE_CIPHER,
  CRYPTO_ALG_TYPE_COMPRESS,
  CRYPTO_ALG_TYPE_MASK,
  type crypto_alg,
} from "linux/crypto";
import { INIT_LIST_HEAD } from "linux/list";
import { proc_create_seq } from "linux/proc_fs";
import { refcount_read } from "linux/refcount";
import { down_read, init_rwsem, up_read } from "linux/rwsem";
import { type seq_file, seq_list_next, seq_list_start, type seq_operations, seq_printf, seq_putc } from "linux/seq_file";
import type { list_head } from "linux/types";
import { crypto_alg_list, crypto_alg_sem } from "./api";

function c_start(_m: seq_file, pos: s64[]): ptr {
  down_read(crypto_alg_sem);
  return seq_list_start(crypto_alg_list, pos[0]);
}

function c_next(_m: seq_file, p: ptr, pos: s64[]): ptr {
  return seq_list_next(p, crypto_alg_list, pos);
}

function c_stop(_m: seq_file, _p: ptr): void {
  up_read(crypto_alg_sem);
}

function c_show(m: seq_file, p: ptr): int {
  const alg = container_of<crypto_alg>(p as list_head, "cra_list");
  seq_printf(m, "name         : %s\n", alg.cra_name);
  seq_printf(m, "driver       : %s\n", alg.cra_driver_name);
  seq_printf(m, "module       : %s\n", alg.cra_module === null ? ("kernel" as cstr) : alg.cra_module.name);
  seq_printf(m, "priority     : %d\n", alg.cra_priority);
  seq_printf(m, "refcnt       : %u\n", refcount_read(alg.cra_refcnt));
  seq_printf(m, "selftest     : passed\n");
  seq_printf(m, "internal     : %s\n", (alg.cra_flags & CRYPTO_ALG_INTERNAL) !== 0 ? "yes" : "no");
  if (alg.cra_type !== null && alg.cra_type.show !== null) {
    alg.cra_type.show(m, alg);
  } else if ((alg.cra_flags & CRYPTO_ALG_TYPE_MASK) === CRYPTO_ALG_TYPE_CIPHER) {
    seq_printf(m, "type         : cipher\n");
    seq_printf(m, "blocksize    : %u\n", alg.cra_blocksize);
    seq_printf(m, "min keysize  : %u\n", alg.cra_cipher.cia_min_keysize);
    seq_printf(m, "max keysize  : %u\n", alg.cra_cipher.cia_max_keysize);
  } else if ((alg.cra_flags & CRYPTO_ALG_TYPE_MASK) === CRYPTO_ALG_TYPE_COMPRESS) {
    seq_printf(m, "type         : compression\n");
  } else {
    seq_printf(m, "type         : unknown\n");
    if ((alg.cra_flags & CRYPTO_ALG_ASYNC) !== 0) seq_printf(m, "async        : yes\n");
  }
  seq_putc(m, 10);
  return 0;
}

const crypto_seq_ops: seq_operations = { start: c_start, next: c_next, stop: c_stop, show: c_show };

export function crypto_init_proc(): void {
  INIT_LIST_HEAD(crypto_alg_list);
  init_rwsem(crypto_alg_sem);
  proc_create_seq("crypto", 0, null, crypto_seq_ops);
}
init(crypto_init_proc);
