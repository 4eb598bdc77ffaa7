// /proc/vmallocinfo: every area of virtually contiguous memory, modules' too, with its caller.

import { proc_create_single } from "linux/proc_fs";
import { type seq_file, seq_printf, seq_putc, seq_puts } from "linux/seq_file";
import { VM_ALLOC, VM_IOREMAP, VM_MAP } from "linux/vmalloc";
import { vmap_list_lock, vmap_list_unlock, vmlist } from "./vmalloc";

function vmallocinfo_show(m: seq_file, _v: ptr): int {
  vmap_list_lock();
  for (let v = vmlist; v !== null; v = v.next) {
    seq_printf(m, "0x%pK-0x%pK %7lu", at<ptr>(v.addr), at<ptr>(v.addr + v.size), v.size);
    if (v.caller !== 0) seq_printf(m, " %pS", at<ptr>(v.caller));
    if (v.nr_pages !== 0) seq_printf(m, " pages=%u", v.nr_pages);
    if (v.phys_addr !== 0) seq_printf(m, " phys=0x%016lx", v.phys_addr);
    if ((v.flags & VM_IOREMAP) !== 0) seq_puts(m, " ioremap");
    if ((v.flags & VM_ALLOC) !== 0) seq_puts(m, " vmalloc");
    if ((v.flags & VM_MAP) !== 0) seq_puts(m, " vmap");
    seq_putc(m, 10);
  }
  vmap_list_unlock();
  return 0;
}

export function vmalloc_proc_init(): void {
  proc_create_single("vmallocinfo", 0o400, null, vmallocinfo_show);
}
init(vmalloc_proc_init);
