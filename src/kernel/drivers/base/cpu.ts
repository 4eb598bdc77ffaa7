// /sys/devices/system/cpu: which CPUs there are. They do not come and go, so cpuN has no file "online".

import { snprintf } from "linux/kernel";
import { devices_kset, type kobj_attribute, type kobject, kobject_create_and_add } from "linux/kobject";
import { cpu_possible_mask, NR_CPUS, nr_cpu_ids } from "linux/smp";
import { sysfs_create_file, sysfs_emit, sysfs_emit_at } from "linux/sysfs";
import { cpu_online_mask } from "../../kernel/cpu";

/** "0-1,3\n": the CPUs of the mask as ranges. */
function emit_cpu_list(page: u8[], mask: u64): s64 {
  let n: int = 0;
  let cpu: int = 0;
  while (cpu < NR_CPUS) {
    if (((mask >> u64(cpu)) & 1) === 0) {
      cpu += 1;
      continue;
    }
    const first = cpu;
    while (cpu + 1 < NR_CPUS && ((mask >> u64(cpu + 1)) & 1) !== 0) cpu += 1;
    const separator: cstr = n === 0 ? "" : ",";
    if (first === cpu) n += sysfs_emit_at(page, n, "%s%d", separator, first);
    else n += sysfs_emit_at(page, n, "%s%d-%d", separator, first, cpu);
    cpu += 1;
  }
  n += sysfs_emit_at(page, n, "\n");
  return s64(n);
}

function online_show(_kobj: kobject, _attr: kobj_attribute, page: u8[]): s64 {
  return emit_cpu_list(page, cpu_online_mask);
}

function possible_show(_kobj: kobject, _attr: kobj_attribute, page: u8[]): s64 {
  return emit_cpu_list(page, cpu_possible_mask());
}

function offline_show(_kobj: kobject, _attr: kobj_attribute, page: u8[]): s64 {
  return emit_cpu_list(page, cpu_possible_mask() & ~cpu_online_mask);
}

function isolated_show(_kobj: kobject, _attr: kobj_attribute, page: u8[]): s64 {
  return emit_cpu_list(page, 0);
}

function kernel_max_show(_kobj: kobject, _attr: kobj_attribute, page: u8[]): s64 {
  return s64(sysfs_emit(page, "%d\n", NR_CPUS - 1));
}

const online_attr: kobj_attribute = { attr: { name: "online", mode: 0o444 }, show: online_show };
const possible_attr: kobj_attribute = { attr: { name: "possible", mode: 0o444 }, show: possible_show };
const present_attr: kobj_attribute = { attr: { name: "present", mode: 0o444 }, show: possible_show };
const offline_attr: kobj_attribute = { attr: { name: "offline", mode: 0o444 }, show: offline_show };
const isolated_attr: kobj_attribute = { attr: { name: "isolated", mode: 0o444 }, show: isolated_show };
const kernel_max_attr: kobj_attribute = { attr: { name: "kernel_max", mode: 0o444 }, show: kernel_max_show };

export function cpu_dev_init(): void {
  const system = kobject_create_and_add("system", devices_kset.kobj);
  const cpu_dir = system === null ? null : kobject_create_and_add("cpu", system);
  if (cpu_dir === null) return;
  sysfs_create_file(cpu_dir, online_attr.attr);
  sysfs_create_file(cpu_dir, possible_attr.attr);
  sysfs_create_file(cpu_dir, present_attr.attr);
  sysfs_create_file(cpu_dir, offline_attr.attr);
  sysfs_create_file(cpu_dir, isolated_attr.attr);
  sysfs_create_file(cpu_dir, kernel_max_attr.attr);
  for (let cpu: int = 0; cpu < int(nr_cpu_ids); cpu++) {
    let name: array<u8, 12>;
    snprintf(name, 12, "cpu%d", cpu);
    kobject_create_and_add(name, cpu_dir);
  }
}
