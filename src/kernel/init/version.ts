// Who we are: uname's names and the banner.

import type { new_utsname } from "linux/utsname";

export const init_uts_ns: new_utsname = {
  sysname: "Linux",
  nodename: "(none)",
  release: "6.1.0-kelp",
  version: "#1 SMP PREEMPT Thu Jan  1 00:00:00 UTC 2026",
  machine: "x86_64",
  domainname: "(none)",
};

export const linux_banner: cstr = "Linux version 6.1.0-kelp (kelp@kelp) (kcc, kelp ld) #1 SMP PREEMPT Thu Jan  1 00:00:00 UTC 2026\n";
/** For /proc/version: printf with sysname, release, version. */
export const linux_proc_banner: cstr = "%s version %s (kelp@kelp) (kcc, kelp ld) %s\n";

export function utsname(): new_utsname {
  return init_uts_ns;
}
EXPORT_SYMBOL(utsname);
