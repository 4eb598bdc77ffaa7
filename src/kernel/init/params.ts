// Parameters of the kernel command line: module parameters by their table, the kernel's own by the one here; the rest goes to init.

import type { kernel_param } from "linux/moduleparam";
import { limit_cpus } from "../kernel/cpu";
import { set_panic_on, set_panic_timeout } from "../kernel/panic";
import { parse_args } from "../kernel/params";
import { console_printk, set_ignore_loglevel, set_printk_time } from "../kernel/printk/printk";
import { rcu_cpu_stall_suppress_setup, rcu_cpu_stall_timeout_setup } from "../kernel/rcu/tree_stall";
import { sched_dynamic_update } from "../kernel/sched/core";
import { enable_stacktrace } from "../kernel/trace/trace-stack";
import { nosoftlockup_setup, softlockup_panic_setup, watchdog_thresh_setup } from "../kernel/watchdog";
import { kstrtobool, kstrtoint } from "../lib/kstrtox";
import { strcmp, strscpy } from "../lib/string";
import { snprintf } from "../lib/vsprintf";
import { setup_slub_debug } from "../mm/slab";
import { kstrdup } from "../mm/util";

declare const __start___param: u8[];
declare const __stop___param: u8[];

const MAX_INIT_ARGS = 32;

/** init=, or null. */
export let execute_command: u8[] = null;
/** For /sbin/init: its arguments and environment, ended by null. */
export let argv_init: array<ref<u8[]>, 34>;
export let envp_init: array<ref<u8[]>, 34>;
let argc_init: u32 = 1;
let envc_init: u32 = 2;
/** root=, rootfstype=, rootflags=. */
export let root_device_name: u8[] = null;
export let root_fs_names: u8[] = null;
export let root_mount_data: u8[] = null;

interface obs_kernel_param extends struct<"obs_kernel_param"> {
  str?: cstr;
  setup?: (val: u8[]) => void;
}

function loglevel(val: u8[]): void {
  let n: int = 0;
  if (val !== null && kstrtoint(val, 0, addr(n)) === 0) console_printk[0] = n;
}

function quiet_kernel(_val: u8[]): void {
  console_printk[0] = 4;
}

function debug_kernel(_val: u8[]): void {
  console_printk[0] = 10;
}

function ignore_loglevel_setup(_val: u8[]): void {
  set_ignore_loglevel(true);
}

function init_setup(val: u8[]): void {
  execute_command = val;
}

function root_dev_setup(val: u8[]): void {
  root_device_name = val;
}

function fs_names_setup(val: u8[]): void {
  root_fs_names = val;
}

function root_data_setup(val: u8[]): void {
  root_mount_data = val;
}

function panic_setup(val: u8[]): void {
  let n: int = 0;
  if (val !== null && kstrtoint(val, 0, addr(n)) === 0) set_panic_timeout(n);
}

function preempt_setup(val: u8[]): void {
  if (val === null || !sched_dynamic_update(val)) pr_warn("Dynamic Preempt: unsupported mode: %s\n", val);
}

function oops_setup(val: u8[]): void {
  if (val !== null && strcmp(val, "panic") === 0) set_panic_on(true, false);
}

function panic_on_warn_setup(_val: u8[]): void {
  set_panic_on(false, true);
}

function printk_time_setup(val: u8[]): void {
  let on: bool = true;
  if (val === null || kstrtobool(val, addr(on)) === 0) set_printk_time(on);
}

/** maxcpus=N: so many come up. */
function maxcpus_setup(val: u8[]): void {
  let n: int = 0;
  if (val !== null && kstrtoint(val, 0, addr(n)) === 0) limit_cpus(u32(n < 1 ? 1 : n));
}

function nosmp_setup(_val: u8[]): void {
  limit_cpus(1);
}

/** Known to everybody, and without effect here. */
function accept(_val: u8[]): void {}

const setup_table: array<obs_kernel_param, 28> = [
  { str: "console", setup: accept },
  { str: "loglevel", setup: loglevel },
  { str: "quiet", setup: quiet_kernel },
  { str: "debug", setup: debug_kernel },
  { str: "ignore_loglevel", setup: ignore_loglevel_setup },
  { str: "init", setup: init_setup },
  { str: "root", setup: root_dev_setup },
  { str: "rootfstype", setup: fs_names_setup },
  { str: "rootflags", setup: root_data_setup },
  { str: "ro", setup: accept },
  { str: "rw", setup: accept },
  { str: "panic", setup: panic_setup },
  { str: "oops", setup: oops_setup },
  { str: "panic_on_warn", setup: panic_on_warn_setup },
  { str: "preempt", setup: preempt_setup },
  { str: "rcupdate.rcu_cpu_stall_timeout", setup: rcu_cpu_stall_timeout_setup },
  { str: "rcupdate.rcu_cpu_stall_suppress", setup: rcu_cpu_stall_suppress_setup },
  { str: "nosoftlockup", setup: nosoftlockup_setup },
  { str: "watchdog_thresh", setup: watchdog_thresh_setup },
  { str: "softlockup_panic", setup: softlockup_panic_setup },
  { str: "printk.time", setup: printk_time_setup },
  { str: "maxcpus", setup: maxcpus_setup },
  { str: "nosmp", setup: nosmp_setup },
  { str: "stacktrace", setup: enable_stacktrace },
  { str: "nokaslr", setup: accept },
  { str: "log_buf_len", setup: accept },
  { str: "slub_debug", setup: accept },
  {},
];

function is_dotted(s: u8[]): bool {
  for (let i: u64 = 0; s[i] !== 0; i++) {
    if (s[i] === 46) return true;
  }
  return false;
}

function unknown_bootoption(param: u8[], val: u8[], _doing: cstr, _arg: ptr): int {
  for (let i: int = 0; setup_table[i].str !== null; i++) {
    if (strcmp(setup_table[i].str, param) === 0) {
      setup_table[i].setup(val);
      return 0;
    }
  }
  // A module's parameter, for when it is loaded.
  if (is_dotted(param)) return 0;
  if (val !== null) {
    let text: array<u8, 256>;
    snprintf(text, 256, "%s=%s", param, val);
    if (envc_init < MAX_INIT_ARGS) {
      envp_init[envc_init] = kstrdup(text, 0);
      envc_init++;
    }
  } else if (argc_init < MAX_INIT_ARGS) {
    argv_init[argc_init] = param;
    argc_init++;
  }
  return 0;
}

/** The line's copy is cut up and stays: parameters point into it. */
export function parse_command_line(line: u8[]): void {
  argv_init[0] = kstrdup("init", 0);
  envp_init[0] = kstrdup("HOME=/", 0);
  envp_init[1] = kstrdup("TERM=linux", 0);
  const n = u32((u64(__stop___param) - u64(__start___param)) / sizeof<kernel_param>());
  parse_args("Booting kernel", line, at<kernel_param[]>(u64(__start___param)), n, -1, -1, null, unknown_bootoption);
}
init(parse_command_line);

/** printk's own parameters must hold for the first line, the heap's for the first object: looked for before anything is parsed. */
export function parse_early_param(line: cstr): void {
  let word: array<u8, 64>;
  let i: u64 = 0;
  for (;;) {
    while (line[i] === 32) i++;
    if (line[i] === 0) return;
    let n: u64 = 0;
    while (line[i] !== 0 && line[i] !== 32) {
      if (n < 63) {
        word[n] = line[i];
        n++;
      }
      i++;
    }
    word[n] = 0;
    early_word(word);
  }
}
init(parse_early_param);

function early_word(word: u8[]): void {
  let name: array<u8, 64>;
  strscpy(name, word, 64);
  let value: u8[] = null;
  for (let k: u64 = 0; name[k] !== 0; k++) {
    if (name[k] === 61) {
      name[k] = 0;
      value = add(name, k + 1);
      break;
    }
  }
  if (strcmp(name, "loglevel") === 0) loglevel(value);
  else if (strcmp(name, "quiet") === 0) quiet_kernel(value);
  else if (strcmp(name, "debug") === 0) debug_kernel(value);
  else if (strcmp(name, "ignore_loglevel") === 0) ignore_loglevel_setup(value);
  else if (strcmp(name, "slub_debug") === 0) setup_slub_debug(value);
  else if (strcmp(name, "printk.time") === 0) printk_time_setup(value);
}
