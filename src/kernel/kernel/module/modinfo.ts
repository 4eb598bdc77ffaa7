// What a module says about itself in .modinfo, checked and kept: version magic, origin, livepatch mark, licence, version.

import { ENOEXEC } from "linux/errno";
import { add_taint, test_taint } from "linux/kernel";
import type { module } from "linux/module";
import { LOCKDEP_NOW_UNRELIABLE, LOCKDEP_STILL_OK, TAINT_LIVEPATCH, TAINT_OOT_MODULE, TAINT_PROPRIETARY_MODULE } from "linux/panic";
import { GFP_KERNEL } from "linux/slab";
import { kstrdup, strcmp } from "linux/string";
import { get_modinfo } from "./elf-check";
import type { load_info } from "./internal";

/** What this kernel requires of a module; kcc writes the same line into modules. */
const vermagic = "6.1.0-kelp SMP preempt mod_unload modversions ";

const MODULE_INIT_IGNORE_VERMAGIC = 2;

export function add_taint_module(mod: module, flag: u32, lockdep: int): void {
  add_taint(flag, lockdep);
  mod.taints |= u64(1) << flag;
}

/** The part behind the release: a different release loads, different flags do not (as with matching symbol versions). */
function magic_flags(magic: cstr): cstr {
  let i = 0;
  while (magic[i] !== 0 && magic[i] !== 0x20) i++;
  return add(magic as u8[], i);
}

function license_is_gpl_compatible(license: cstr): bool {
  return (
    strcmp(license, "GPL") === 0 ||
    strcmp(license, "GPL v2") === 0 ||
    strcmp(license, "GPL and additional rights") === 0 ||
    strcmp(license, "Dual BSD/GPL") === 0 ||
    strcmp(license, "Dual MIT/GPL") === 0 ||
    strcmp(license, "Dual MPL/GPL") === 0
  );
}

function set_license(mod: module, declared: cstr): void {
  const unspecified: cstr = "unspecified";
  const license = declared === null ? unspecified : declared;
  if (license_is_gpl_compatible(license)) return;
  if (!test_taint(TAINT_PROPRIETARY_MODULE)) pr_warn("%s: module license '%s' taints kernel.\n", mod.name, license);
  add_taint_module(mod, TAINT_PROPRIETARY_MODULE, LOCKDEP_NOW_UNRELIABLE);
}

/** The K taint is told once. */
function check_modinfo_livepatch(mod: module, info: load_info): void {
  mod.klp = false;
  if (get_modinfo(info, "livepatch") === null) return;
  mod.klp = true;
  if (!test_taint(TAINT_LIVEPATCH)) pr_notice("%s: tainting kernel with TAINT_LIVEPATCH\n", mod.name);
  add_taint_module(mod, TAINT_LIVEPATCH, LOCKDEP_STILL_OK);
}

/** `mod` is still in the file's copy. */
export function check_modinfo(mod: module, info: load_info, flags: int): int {
  const modmagic = flags & MODULE_INIT_IGNORE_VERMAGIC ? null : get_modinfo(info, "vermagic");
  if (modmagic !== null && strcmp(magic_flags(modmagic), magic_flags(vermagic)) !== 0) {
    pr_err("%s: version magic '%s' should be '%s'\n", info.name, modmagic, vermagic);
    return -ENOEXEC;
  }
  mod.taints = 0;
  if (get_modinfo(info, "intree") === null) {
    if (!test_taint(TAINT_OOT_MODULE)) pr_warn("%s: loading out-of-tree module taints kernel.\n", mod.name);
    add_taint_module(mod, TAINT_OOT_MODULE, LOCKDEP_STILL_OK);
  }
  check_modinfo_livepatch(mod, info);
  set_license(mod, get_modinfo(info, "license"));
  return 0;
}

/** The file's copy goes away after loading, so texts are duplicated. */
export function setup_modinfo(mod: module, info: load_info): void {
  const version = get_modinfo(info, "version");
  const srcversion = get_modinfo(info, "srcversion");
  mod.version = version === null ? null : kstrdup(version, GFP_KERNEL);
  mod.srcversion = srcversion === null ? null : kstrdup(srcversion, GFP_KERNEL);
}
