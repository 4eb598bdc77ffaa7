// From a file's bytes to a module whose init function can run: checks, memory, symbols, relocations, tracing, parameters, sysfs.

import { SHF_ALLOC, SHF_EXECINSTR, SHF_RELA_LIVEPATCH, SHF_WRITE, SHT_NOBITS, SHT_RELA } from "linux/elf";
import { IS_ERR, PTR_ERR } from "linux/err";
import { EBUSY, EEXIST, ENOEXEC, ENOMEM } from "linux/errno";
import { ftrace_module_enable, ftrace_module_init, ftrace_release_mod } from "linux/ftrace";
import { list_add_rcu, list_del_rcu } from "linux/list";
import { klp_apply_section_relocs, klp_module_coming, klp_module_going } from "linux/livepatch";
import {
  type kernel_symbol,
  MODULE_STATE_COMING,
  MODULE_STATE_GOING,
  MODULE_STATE_LIVE,
  MODULE_STATE_UNFORMED,
  type module,
} from "linux/module";
import type { kernel_param } from "linux/moduleparam";
import { mutex_lock, mutex_unlock } from "linux/mutex";
import { notifier_to_errno } from "linux/notifier";
import { LOCKDEP_STILL_OK, TAINT_UNSIGNED_MODULE } from "linux/panic";
import { synchronize_rcu } from "linux/rcupdate";
import { kfree } from "linux/slab";
import { memcpy, memset, strcmp, strlen, strndup_user } from "linux/string";
import { module_alloc, module_memfree, vfree } from "linux/vmalloc";
import { wait_event_interruptible, wake_up_all } from "linux/wait";
import { apply_relocate_add } from "../../arch/x86/kernel/module";
import { type bug_entry, module_bug_cleanup, module_bug_finalize } from "../../lib/bug";
import { ddebug_dyndbg_module_param } from "../../lib/dynamic-debug-control";
import type { exception_table_entry } from "../extable";
import { destroy_params, parse_args } from "../params";
import { trace_module_load } from "../trace/trace-events-module";
import { elf_validity_check, section_objs, setup_load_info } from "./elf-check";
import type { load_info } from "./internal";
import { add_kallsyms, layout_symtab } from "./kallsyms";
import { INIT_OFFSET_MASK, layout_sections, module_enable_protection, section_name } from "./layout";
import { copy_module_elf, free_module_elf } from "./livepatch";
import { find_module_all, module_mutex, module_wq, modules } from "./lookup";
import { do_init_module } from "./main";
import { add_taint_module, check_modinfo, setup_modinfo } from "./modinfo";
import { module_notify } from "./notify";
import { module_unload_init } from "./refcount";
import { simplify_symbols, verify_exported_symbols } from "./symbols";
import { mod_sysfs_setup, mod_sysfs_teardown } from "./sysfs";
import { module_unload_free } from "./usage";
import { verify_tables } from "./verify-tables";

let unsigned_warned = false;

/** No section may be writable and executable. */
function enforce_rwx_sections(info: load_info): int {
  const wx = u64(SHF_EXECINSTR | SHF_WRITE);
  for (let i: u32 = 0; i < info.hdr.e_shnum; i++) {
    const shdr = info.sechdrs[i];
    if ((shdr.sh_flags & wx) === wx && (shdr.sh_flags & u64(SHF_ALLOC)) !== u64(0)) {
      pr_err("%s: section %s (index %d) has invalid WRITE|EXEC flags\n", info.name, section_name(info, shdr), i);
      return -ENOEXEC;
    }
  }
  return 0;
}

/** Copies the sections to where the layout has put them; sh_addr is the final address from here on. */
function move_module(mod: module, info: load_info): int {
  const core = module_alloc(u64(mod.core_layout.size));
  if (u64(core) === u64(0)) return -ENOMEM;
  memset(at<ptr>(u64(core)), 0, u64(mod.core_layout.size));
  mod.core_layout.base = u64(core);
  if (mod.init_layout.size !== 0) {
    const area = module_alloc(u64(mod.init_layout.size));
    if (u64(area) === u64(0)) {
      module_memfree(at<ptr>(u64(core)));
      return -ENOMEM;
    }
    memset(at<ptr>(u64(area)), 0, u64(mod.init_layout.size));
    mod.init_layout.base = u64(area);
  }
  for (let i: u32 = 0; i < info.hdr.e_shnum; i++) {
    const shdr = info.sechdrs[i];
    if ((shdr.sh_flags & u64(SHF_ALLOC)) === u64(0)) continue;
    let dest: u64;
    if (i === info.symndx) dest = mod.init_layout.base + info.init_symoffs;
    else if (i === info.strndx) dest = mod.init_layout.base + info.init_stroffs;
    else if (shdr.sh_entsize & INIT_OFFSET_MASK) dest = mod.init_layout.base + (shdr.sh_entsize & ~INIT_OFFSET_MASK);
    else dest = mod.core_layout.base + shdr.sh_entsize;
    if (shdr.sh_type !== SHT_NOBITS) memcpy(at<ptr>(dest), at<ptr>(shdr.sh_addr), shdr.sh_size);
    shdr.sh_addr = dest;
  }
  return 0;
}

/** Returns the module in its final place, or an error pointer. */
function layout_and_allocate(info: load_info, flags: int): module {
  let err = check_modinfo(info.mod, info, flags);
  if (err !== 0) return at<module>(s64(err));
  err = enforce_rwx_sections(info);
  if (err !== 0) return at<module>(s64(err));
  info.mod.core_layout.size = 0;
  info.mod.init_layout.size = 0;
  err = layout_sections(info.mod, info);
  if (err !== 0) return at<module>(s64(err));
  layout_symtab(info.mod, info);
  err = move_module(info.mod, info);
  if (err !== 0) return at<module>(s64(err));
  return at<module>(info.sechdrs[info.modndx].sh_addr);
}

/** Has the module of that name ended its loading, one way or the other? One that goes does not hold the next one up. */
function finished_loading(name: ptr): bool {
  mutex_lock(module_mutex);
  const mod = find_module_all(name as u8[], strlen(name as u8[]), true);
  const ret = mod === null || mod.state === MODULE_STATE_LIVE || mod.state === MODULE_STATE_GOING;
  mutex_unlock(module_mutex);
  return ret;
}

/** Reserves the name: into the list, unformed. Does not try again what has just failed under that name. */
function add_unformed_module(mod: module): int {
  mod.state = MODULE_STATE_UNFORMED;
  mutex_lock(module_mutex);
  let old = find_module_all(mod.name, strlen(mod.name), true);
  if (old === null) {
    list_add_rcu(mod.list, modules);
    mutex_unlock(module_mutex);
    return 0;
  }
  if (old.state === MODULE_STATE_COMING || old.state === MODULE_STATE_UNFORMED) {
    mutex_unlock(module_mutex);
    const err = wait_event_interruptible(module_wq, finished_loading, mod.name);
    if (err !== 0) return err;
    mutex_lock(module_mutex);
    old = find_module_all(mod.name, strlen(mod.name), true);
  }
  const live = old !== null && old.state === MODULE_STATE_LIVE;
  mutex_unlock(module_mutex);
  return live ? -EEXIST : -EBUSY;
}

function find_module_sections(mod: module, info: load_info): void {
  mod.kp = at<kernel_param[]>(section_objs(info, "__param", sizeof<kernel_param>(), addr(mod.num_kp)));
  mod.syms = at<kernel_symbol[]>(section_objs(info, "__ksymtab", sizeof<kernel_symbol>(), addr(mod.num_syms)));
  mod.gpl_syms = at<kernel_symbol[]>(section_objs(info, "__ksymtab_gpl", sizeof<kernel_symbol>(), addr(mod.num_gpl_syms)));
  mod.ftrace_callsites = at<u64[]>(section_objs(info, "__mcount_loc", 8, addr(mod.num_ftrace_callsites)));
  mod.kprobes_text_start = section_objs(info, ".kprobes.text", 1, addr(mod.kprobes_text_size));
  mod.dyndbg_start = section_objs(info, "__dyndbg", 40, addr(mod.dyndbg_num));
  mod.extable = at<ptr>(section_objs(info, "__ex_table", sizeof<exception_table_entry>(), addr(mod.num_exentries)));
  mod.bug_table = section_objs(info, "__bug_table", sizeof<bug_entry>(), addr(mod.num_bugs));
}

/** Livepatch relocation sections of vmlinux are applied here too; those of modules wait for their module. */
function apply_relocations(mod: module, info: load_info): int {
  for (let i: u32 = 1; i < info.hdr.e_shnum; i++) {
    const shdr = info.sechdrs[i];
    if (shdr.sh_info >= info.hdr.e_shnum) continue;
    if ((info.sechdrs[shdr.sh_info].sh_flags & u64(SHF_ALLOC)) === u64(0)) continue;
    let err: int = 0;
    if (shdr.sh_flags & u64(SHF_RELA_LIVEPATCH)) {
      err = klp_apply_section_relocs(mod, info.sechdrs, info.secstrings, info.strtab, info.symndx, i, null);
    } else if (shdr.sh_type === SHT_RELA) {
      err = apply_relocate_add(info.sechdrs, info.strtab, info.symndx, i, mod);
    }
    if (err < 0) return err;
  }
  return 0;
}

/** Exports checked and memory protected: from here on others may look the module up. */
function complete_formation(mod: module): int {
  mutex_lock(module_mutex);
  const err = verify_exported_symbols(mod);
  if (err !== 0) {
    mutex_unlock(module_mutex);
    return err;
  }
  module_bug_finalize(mod);
  module_enable_protection(mod);
  mod.state = MODULE_STATE_COMING;
  mutex_unlock(module_mutex);
  return 0;
}

function prepare_coming_module(mod: module): int {
  ftrace_module_enable(mod);
  const err = klp_module_coming(mod);
  if (err !== 0) return err;
  const ret = notifier_to_errno(module_notify(MODULE_STATE_COMING, mod));
  if (ret !== 0) klp_module_going(mod);
  return ret;
}

function unknown_module_param_cb(param: u8[], val: u8[], modname: cstr, _arg: ptr): int {
  if (strcmp(param, "async_probe") === 0) return 0;
  if (ddebug_dyndbg_module_param(param, val, modname)) return 0;
  pr_warn("%s: unknown parameter '%s' ignored\n", modname, param);
  return 0;
}

/** Parameters and sysfs, then the livepatch's copy of its ELF headers. */
function form_module(mod: module, info: load_info): int {
  const after_dashes = parse_args(mod.name, mod.args, mod.kp, mod.num_kp, -32768, 32767, mod, unknown_module_param_cb);
  if (IS_ERR(after_dashes)) return int(PTR_ERR(after_dashes));
  if (after_dashes !== null) pr_warn("%s: parameters '%s' after `--' ignored\n", mod.name, after_dashes);
  let err = mod_sysfs_setup(mod, info);
  if (err !== 0) return err;
  if (mod.klp) {
    err = copy_module_elf(mod, info);
    if (err !== 0) {
      mod_sysfs_teardown(mod);
      return err;
    }
  }
  return 0;
}

function warn_unsigned(mod: module, info: load_info): void {
  if (info.sig_ok) return;
  if (!unsigned_warned) {
    unsigned_warned = true;
    pr_notice("%s: module verification failed: signature and/or required key missing - tainting kernel\n", mod.name);
  }
  add_taint_module(mod, TAINT_UNSIGNED_MODULE, LOCKDEP_STILL_OK);
}

/** Sections, symbols, relocations, arguments: everything that needs no undo but memory. */
function resolve_module(mod: module, info: load_info, uargs: u64): int {
  find_module_sections(mod, info);
  setup_modinfo(mod, info);
  let err = simplify_symbols(mod, info);
  if (err < 0) return err;
  err = apply_relocations(mod, info);
  if (err < 0) return err;
  err = verify_tables(mod);
  if (err !== 0) return err;
  add_kallsyms(mod, info);
  const args = strndup_user(at<u8[]>(uargs), 0x7fffffff);
  if (IS_ERR(args)) return int(PTR_ERR(args));
  mod.args = args as u8[];
  return 0;
}

function unlink_module(mod: module): void {
  mutex_lock(module_mutex);
  list_del_rcu(mod.list);
  mutex_unlock(module_mutex);
  wake_up_all(module_wq);
  synchronize_rcu();
}

function deallocate(mod: module): void {
  const core_base = mod.core_layout.base;
  if (mod.init_layout.base !== u64(0)) module_memfree(at<ptr>(mod.init_layout.base));
  module_memfree(at<ptr>(core_base));
}

/** Takes over info.hdr (vmalloc memory). */
export function load_module(info: load_info, uargs: u64, flags: int): int {
  let err = elf_validity_check(info);
  if (err === 0) err = setup_load_info(info);
  if (err !== 0) {
    vfree(info.hdr);
    return err;
  }
  const mod = layout_and_allocate(info, flags);
  if (IS_ERR(mod)) {
    vfree(info.hdr);
    return int(PTR_ERR(mod));
  }
  info.mod = mod;
  err = add_unformed_module(mod);
  if (err !== 0) {
    deallocate(mod);
    vfree(info.hdr);
    return err;
  }
  warn_unsigned(mod, info);
  module_unload_init(mod);
  err = resolve_module(mod, info, uargs);
  if (err === 0) {
    ftrace_module_init(mod);
    err = complete_formation(mod);
    if (err === 0) {
      err = prepare_coming_module(mod);
      if (err === 0) {
        err = form_module(mod, info);
        if (err === 0) {
          vfree(info.hdr);
          trace_module_load(mod);
          return do_init_module(mod);
        }
        mod.state = MODULE_STATE_GOING;
        module_notify(MODULE_STATE_GOING, mod);
        klp_module_going(mod);
      }
      mod.state = MODULE_STATE_GOING;
    }
    ftrace_release_mod(mod);
  }
  mutex_lock(module_mutex);
  module_bug_cleanup(mod);
  module_unload_free(mod);
  mutex_unlock(module_mutex);
  unlink_module(mod);
  // Before its relocations a module's parameters point nowhere.
  if (mod.args !== null) destroy_params(mod.kp, mod.num_kp);
  kfree(mod.args);
  kfree(mod.version as ptr);
  kfree(mod.srcversion as ptr);
  if (mod.klp) free_module_elf(mod);
  deallocate(mod);
  vfree(info.hdr);
  return err;
}
// Its caller is the one that a trace of init shows.
tail_call(load_module);
