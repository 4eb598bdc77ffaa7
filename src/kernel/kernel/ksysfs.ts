// /sys/kernel: facts of the running kernel in a file each.

import { kernel_kobj, type kobj_attribute, type kobject } from "linux/kobject";
import { sysfs_create_file, sysfs_emit } from "linux/sysfs";
import { oops_count, warn_count } from "./panic";

function oops_count_show(_kobj: kobject, _attr: kobj_attribute, page: u8[]): s64 {
  return s64(sysfs_emit(page, "%d\n", oops_count));
}

function warn_count_show(_kobj: kobject, _attr: kobj_attribute, page: u8[]): s64 {
  return s64(sysfs_emit(page, "%d\n", warn_count));
}

/** Nobody listens to uevents here, so none is numbered. */
function uevent_seqnum_show(_kobj: kobject, _attr: kobj_attribute, page: u8[]): s64 {
  return s64(sysfs_emit(page, "%lu\n", u64(0)));
}

const oops_count_attr: kobj_attribute = { attr: { name: "oops_count", mode: 0o444 }, show: oops_count_show };
const warn_count_attr: kobj_attribute = { attr: { name: "warn_count", mode: 0o444 }, show: warn_count_show };
const uevent_seqnum_attr: kobj_attribute = { attr: { name: "uevent_seqnum", mode: 0o444 }, show: uevent_seqnum_show };

export function ksysfs_init(): void {
  sysfs_create_file(kernel_kobj, oops_count_attr.attr);
  sysfs_create_file(kernel_kobj, warn_count_attr.attr);
  sysfs_create_file(kernel_kobj, uevent_seqnum_attr.attr);
}
