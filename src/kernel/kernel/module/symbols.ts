// Exported symbols: the kernel's and the modules' __ksymtab tables, and the resolution of a module's undefined symbols.

import { type Elf64_Sym, SHN_ABS, SHN_COMMON, SHN_LIVEPATCH, SHN_UNDEF, STB_WEAK } from "linux/elf";
import { EBUSY, ENOENT, ENOEXEC } from "linux/errno";
import { HZ } from "linux/jiffies";
import {
  type find_symbol_arg,
  GPL_ONLY,
  type kernel_symbol,
  MODULE_NAME_LEN,
  MODULE_STATE_UNFORMED,
  type module,
  NOT_GPL_ONLY,
} from "linux/module";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { strcmp, strscpy } from "linux/string";
import { wait_event_interruptible_timeout } from "linux/wait";
import type { load_info } from "./internal";
import { module_mutex, module_wq, modules } from "./lookup";
import { ref_module } from "./usage";

declare const __start___ksymtab: u8[];
declare const __stop___ksymtab: u8[];
declare const __start___ksymtab_gpl: u8[];
declare const __stop___ksymtab_gpl: u8[];

/** The fields hold distances from themselves. */
export function kernel_symbol_value(sym: kernel_symbol): u64 {
  return u64(addr(sym.value_offset)) + u64(s64(sym.value_offset));
}

export function kernel_symbol_name(sym: kernel_symbol): u8[] {
  return at<u8[]>(u64(addr(sym.name_offset)) + u64(s64(sym.name_offset)));
}

function find_in_table(syms: kernel_symbol[], count: u64, fsa: find_symbol_arg): bool {
  for (let i: u64 = 0; i < count; i++) {
    if (strcmp(kernel_symbol_name(syms[i]), fsa.name) === 0) {
      fsa.sym = syms[i];
      return true;
    }
  }
  return false;
}

/** Plain exports first, then GPL-only ones, which a non-GPL caller does not find. */
function find_in_tables(syms: kernel_symbol[], n: u64, gpl: kernel_symbol[], n_gpl: u64, fsa: find_symbol_arg): bool {
  fsa.license = NOT_GPL_ONLY;
  if (find_in_table(syms, n, fsa)) return true;
  if (!fsa.gplok) return false;
  fsa.license = GPL_ONLY;
  return find_in_table(gpl, n_gpl, fsa);
}

function table_count(start: u8[], stop: u8[]): u64 {
  return (u64(stop) - u64(start)) / sizeof<kernel_symbol>();
}

/** Looks in the kernel, then in the modules. The caller holds module_mutex. */
export function find_symbol(fsa: find_symbol_arg): bool {
  fsa.owner = null;
  const found = find_in_tables(
    at<kernel_symbol[]>(u64(__start___ksymtab)),
    table_count(__start___ksymtab, __stop___ksymtab),
    at<kernel_symbol[]>(u64(__start___ksymtab_gpl)),
    table_count(__start___ksymtab_gpl, __stop___ksymtab_gpl),
    fsa,
  );
  if (found) return true;
  for (let p = modules.next; p !== modules; p = p.next) {
    const mod = container_of<module>(p, "list");
    if (mod.state === MODULE_STATE_UNFORMED) continue;
    if (find_in_tables(mod.syms, u64(mod.num_syms), mod.gpl_syms, u64(mod.num_gpl_syms), fsa)) {
      fsa.owner = mod;
      return true;
    }
  }
  return false;
}

interface symbol_wait extends struct<"symbol_wait"> {
  mod?: module;
  fsa?: find_symbol_arg;
  /** -EBUSY while the owner runs its init function. */
  err?: int;
  owner?: array<u8, 56>;
}

/** Finds an export for a module that loads and makes it depend on the owner: w.err is 0, with w.fsa filled, or an errno. */
function resolve_symbol(arg: ptr): bool {
  const w = arg as symbol_wait;
  mutex_lock(module_mutex);
  if (!find_symbol(w.fsa)) {
    w.err = -ENOENT;
  } else {
    if (w.fsa.license === GPL_ONLY) w.mod.using_gplonly_symbols = true;
    w.err = ref_module(w.mod, w.fsa.owner);
    if (w.err !== 0) strscpy(w.owner, w.fsa.owner.name, MODULE_NAME_LEN);
  }
  mutex_unlock(module_mutex);
  return w.err !== -EBUSY;
}

const OWNER_INIT_JIFFIES = 30 * HZ;

/** As resolve_symbol; an owner that loads is waited for, since its init may fail and take the symbol away. */
function resolve_symbol_wait(mod: module, fsa: find_symbol_arg): int {
  const w: symbol_wait = { mod, fsa };
  if (wait_event_interruptible_timeout(module_wq, resolve_symbol, w, OWNER_INIT_JIFFIES) <= 0) {
    pr_warn("%s: gave up waiting for init of module %s.\n", mod.name, w.owner);
  }
  return w.err;
}

const TAINT_PROPRIETARY_BIT = 1;

/** Gives every symbol its address; undefined ones come from the exports. All missing ones are told before it fails. */
export function simplify_symbols(mod: module, info: load_info): int {
  const symsec = info.sechdrs[info.symndx];
  const syms: Elf64_Sym[] = at<Elf64_Sym[]>(symsec.sh_addr);
  const count = u32(symsec.sh_size / sizeof<Elf64_Sym>());
  let ret: int = 0;
  for (let i: u32 = 1; i < count; i++) {
    const sym = syms[i];
    const name = add(info.strtab, sym.st_name);
    const shndx = u32(sym.st_shndx);
    if (shndx === SHN_COMMON) {
      pr_warn("%s: please compile with -fno-common\n", mod.name);
      ret = -ENOEXEC;
    } else if (shndx === SHN_ABS || shndx === SHN_LIVEPATCH) {
      continue; // absolute; or filled in by the livepatch core
    } else if (shndx === SHN_UNDEF) {
      const fsa: find_symbol_arg = { name, gplok: (mod.taints & u64(TAINT_PROPRIETARY_BIT)) === u64(0), warn: true };
      const err = resolve_symbol_wait(mod, fsa);
      if (err === 0) {
        sym.st_value = kernel_symbol_value(fsa.sym);
        continue;
      }
      if (err === -ENOENT && sym.st_info >> 4 === STB_WEAK) continue;
      ret = err;
      pr_warn("%s: Unknown symbol %s (err %d)\n", mod.name, name, ret);
    } else if (shndx < info.hdr.e_shnum) {
      sym.st_value += info.sechdrs[shndx].sh_addr;
    } else {
      pr_err("%s: symbol %s has an invalid section index %u\n", mod.name, name, shndx);
      ret = -ENOEXEC;
    }
  }
  return ret;
}

function verify_table(mod: module, syms: kernel_symbol[], count: u32): int {
  for (let i: u32 = 0; i < count; i++) {
    const name = kernel_symbol_name(syms[i]);
    const fsa: find_symbol_arg = { name, gplok: true };
    if (find_symbol(fsa)) {
      const owner: cstr = fsa.owner === null ? "kernel" : fsa.owner.name;
      pr_err("%s: exports duplicate symbol %s (owned by %s)\n", mod.name, name, owner);
      return -ENOEXEC;
    }
  }
  return 0;
}

/** No export may exist already. The caller holds module_mutex. */
export function verify_exported_symbols(mod: module): int {
  const ret = verify_table(mod, mod.syms, mod.num_syms);
  return ret !== 0 ? ret : verify_table(mod, mod.gpl_syms, mod.num_gpl_syms);
}
