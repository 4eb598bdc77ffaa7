// Ciphers and checksums that the kernel and modules offer each other by name (crypto/api.ts).

import type { module } from "linux/module";
import type { refcount_t } from "linux/refcount";
import type { seq_file } from "linux/seq_file";
import type { list_head } from "linux/types";

/** Kinds of algorithm, in cra_flags. */
export const CRYPTO_ALG_TYPE_MASK = 0x0f;
export const CRYPTO_ALG_TYPE_CIPHER = 0x01;
export const CRYPTO_ALG_TYPE_COMPRESS = 0x02;
export const CRYPTO_ALG_ASYNC = 0x80;
export const CRYPTO_ALG_INTERNAL = 0x2000;

/** How an algorithm of a newer kind shows itself. */
export interface crypto_type extends struct<"crypto_type"> {
  show?: (m: seq_file, alg: crypto_alg) => void;
}

export interface cipher_alg extends struct<"cipher_alg"> {
  cia_min_keysize?: u32;
  cia_max_keysize?: u32;
}

export interface crypto_alg extends struct<"crypto_alg"> {
  cra_list?: embed<list_head>;
  cra_flags?: u32;
  cra_blocksize?: u32;
  cra_priority?: int;
  cra_refcnt?: embed<refcount_t>;
  cra_name?: array<u8, 128>;
  cra_driver_name?: array<u8, 128>;
  cra_type?: crypto_type;
  cra_cipher?: embed<cipher_alg>;
  cra_module?: module;
}

export { crypto_register_alg, crypto_unregister_alg } from "../../crypto/api";
