// What the boot loader says (PVH start info): memory map and command line; and the architecture's share of start_kernel.

import { __pa, __va } from "asm/page";
import { insert_resource, iomem_resource, type resource } from "linux/ioport";
import { KERN_INFO } from "linux/kern_levels";
import type { notifier_block } from "linux/notifier";
import { atomic_notifier_chain_register } from "../../../kernel/notifier";
import { panic_notifier_list } from "../../../kernel/panic";
import { _printk } from "../../../kernel/printk/printk";
import { strscpy } from "../../../lib/string";
import { memblock_add, memblock_end, memblock_reserved_end, memblock_reserved_start } from "../../../mm/memblock";
import { init_mem_mapping } from "../mm/init_64";
import { tsc_init } from "./tsc";

const HVM_START_MAGIC = 0x336ec578;
const E820_RAM = 1;
const COMMAND_LINE_SIZE = 2048;

interface hvm_start_info extends struct<"hvm_start_info"> {
  magic?: u32;
  version?: u32;
  flags?: u32;
  nr_modules?: u32;
  modlist_paddr?: u64;
  cmdline_paddr?: u64;
  rsdp_paddr?: u64;
  memmap_paddr?: u64;
  memmap_entries?: u32;
  reserved?: u32;
}

interface hvm_memmap_entry extends struct<"hvm_memmap_entry"> {
  addr?: u64;
  size?: u64;
  type?: u32;
  reserved?: u32;
}

/** As the boot loader gave it. */
export let boot_command_line: array<u8, 2048>;

interface e820_entry extends struct<"e820_entry"> {
  addr?: u64;
  size?: u64;
  type?: u32;
}
let e820_table: array<e820_entry, 32>;
let e820_count: u32 = 0;

/** Copies everything out of the loader's memory. */
export function setup_start_info(address: u64): void {
  const si = at<hvm_start_info>(address);
  if (si.magic !== HVM_START_MAGIC) return;
  if (si.cmdline_paddr !== 0) strscpy(boot_command_line, at<u8[]>(__va(si.cmdline_paddr)), COMMAND_LINE_SIZE);
  for (let i: u32 = 0; i < si.memmap_entries && e820_count < 32; i++) {
    const m = at<hvm_memmap_entry>(__va(si.memmap_paddr) + u64(i) * sizeof<hvm_memmap_entry>());
    const e = e820_table[e820_count];
    e.addr = m.addr;
    e.size = m.size;
    e.type = m.type;
    e820_count++;
    if (m.type === E820_RAM) memblock_add(m.addr, m.size);
  }
}
init(setup_start_info);

function e820_type_name(type: u32): cstr {
  switch (type) {
    case 1:
      return "usable";
    case 3:
      return "ACPI data";
    case 4:
      return "ACPI NVS";
    case 5:
      return "unusable";
  }
  return "reserved";
}

export function setup_arch(): void {
  _printk(KERN_INFO + "Command line: %s\n", boot_command_line);
  _printk(KERN_INFO + "BIOS-provided physical RAM map:\n");
  for (let i: u32 = 0; i < e820_count; i++) {
    const e = e820_table[i];
    _printk(KERN_INFO + "BIOS-e820: [mem 0x%016lx-0x%016lx] %s\n", e.addr, e.addr + e.size - 1, e820_type_name(e.type));
  }
  _printk(KERN_INFO + "NX (Execute Disable) protection: active\n");
  tsc_init();
  _printk(KERN_INFO + "last_pfn = 0x%lx max_arch_pfn = 0x400000000\n", memblock_end() >> 12);
  init_mem_mapping();
}
init(setup_arch);

declare const _text: u8[];
declare const _etext: u8[];
declare const __start_rodata: u8[];
declare const __end_rodata: u8[];
declare const _sdata: u8[];
declare const _edata: u8[];
declare const __bss_start: u8[];
declare const __bss_stop: u8[];

let e820_res: array<resource, 32>;
const kernel_code: resource = { name: "Kernel code" };
const kernel_rodata: resource = { name: "Kernel rodata" };
const kernel_data: resource = { name: "Kernel data" };
const kernel_bss: resource = { name: "Kernel bss" };

function kernel_range(r: resource, start: u8[], end: u8[]): void {
  r.start = __pa(u64(start));
  r.end = __pa(u64(end)) - 1;
  insert_resource(iomem_resource, r);
}

/** What the firmware tells of memory, and the kernel in it, as /proc/iomem shows them. */
export function e820__reserve_resources(): void {
  for (let i: u32 = 0; i < e820_count; i++) {
    const r = e820_res[i];
    r.start = e820_table[i].addr;
    r.end = e820_table[i].addr + e820_table[i].size - 1;
    r.name = e820_table[i].type === E820_RAM ? "System RAM" : "Reserved";
    insert_resource(iomem_resource, r);
  }
  kernel_range(kernel_code, _text, _etext);
  kernel_range(kernel_rodata, __start_rodata, __end_rodata);
  kernel_range(kernel_data, _sdata, _edata);
  kernel_range(kernel_bss, __bss_start, __bss_stop);
}

/** Bytes that the image takes, with what was allocated behind it. */
export function kernel_image_size(): u64 {
  return memblock_reserved_end() - memblock_reserved_start();
}

/** A panic's report says how far the kernel lies from where it was linked: this one is never moved. */
function dump_kernel_offset(_self: notifier_block, _v: u64, _p: ptr): int {
  pr_emerg("Kernel Offset: disabled\n");
  return 0;
}

const kernel_offset_notifier: notifier_block = { notifier_call: dump_kernel_offset };

export function register_kernel_offset_dumper(): void {
  atomic_notifier_chain_register(panic_notifier_list, kernel_offset_notifier);
}
init(register_kernel_offset_dumper);
