// The system's names, as uname(2) gives them.

export interface new_utsname extends struct<"new_utsname"> {
  sysname?: array<u8, 65>;
  nodename?: array<u8, 65>;
  release?: array<u8, 65>;
  version?: array<u8, 65>;
  machine?: array<u8, 65>;
  domainname?: array<u8, 65>;
}

export { init_uts_ns, linux_banner, linux_proc_banner, utsname } from "../../init/version";
export const UTS_RELEASE = "6.1.0-kelp";
