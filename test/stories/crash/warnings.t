A warning says where it stands, taints the kernel, and the code goes on; those of a kind "once" tell of themselves once.

# kelp: --append loglevel=1

  $ insmod warnings.ko; dmesg -c > /dev/null
  $ echo w > /proc/warnings
  $ dmesg -c | grep -v '^ ? '
  ------------[ cut here ]------------
  WARNING: CPU: \d PID: \d+ at modules/warnings\.ts:15 warnings_write\+0x[0-9a-f]+/0x[0-9a-f]+ \[warnings\] (re)
  Modules linked in: warnings(OE)
  CPU: \d PID: \d+ Comm: sh Tainted: G           OE      6\.1\.0-kelp #1.* (re)
  Hardware name: kelp microvm
  RIP: 0010:warnings_write\+0x[0-9a-f]+/0x[0-9a-f]+ \[warnings\] (re)
  Code: ([0-9a-f]{2} ){42}<0f> 0b ([0-9a-f]{2} ?){20} (re)
  RSP: 0018:ffff[0-9a-f]{12} EFLAGS: [0-9a-f]{8} (re)
  RAX: [0-9a-f]{16} RBX: [0-9a-f]{16} RCX: [0-9a-f]{16} (re)
  RDX: [0-9a-f]{16} RSI: [0-9a-f]{16} RDI: [0-9a-f]{16} (re)
  RBP: [0-9a-f]{16} R08: [0-9a-f]{16} R09: [0-9a-f]{16} (re)
  R10: [0-9a-f]{16} R11: [0-9a-f]{16} R12: [0-9a-f]{16} (re)
  R13: [0-9a-f]{16} R14: [0-9a-f]{16} R15: [0-9a-f]{16} (re)
  FS:  [0-9a-f]{16}\(0000\) GS:[0-9a-f]{16}\(0000\) knlGS:[0-9a-f]{16} (re)
  CS:  0010 DS: 0000 ES: 0000 CR0: [0-9a-f]{16} (re)
  CR2: [0-9a-f]{16} CR3: [0-9a-f]{16} CR4: [0-9a-f]{16} (re)
  Call Trace:
   <TASK>
   proc_reg_write\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   vfs_write\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   ksys_write\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   do_syscall_64\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   entry_SYSCALL_64_after_hwframe\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
  RIP: 0033:0x[0-9a-f]+ (re)
  Code: .* (re)
  RSP: 002b:[0-9a-f]{16} EFLAGS: [0-9a-f]{8} ORIG_RAX: 0000000000000001 (re)
  RAX: [0-9a-f]{16} RBX: [0-9a-f]{16} RCX: [0-9a-f]{16} (re)
  RDX: [0-9a-f]{16} RSI: [0-9a-f]{16} RDI: [0-9a-f]{16} (re)
  RBP: [0-9a-f]{16} R08: [0-9a-f]{16} R09: [0-9a-f]{16} (re)
  R10: [0-9a-f]{16} R11: [0-9a-f]{16} R12: [0-9a-f]{16} (re)
  R13: [0-9a-f]{16} R14: [0-9a-f]{16} R15: [0-9a-f]{16} (re)
   </TASK>
  ---[ end trace 0000000000000000 ]---
  warnings: WARN_ON was true
  $ cat /proc/sys/kernel/tainted
  12800
  $ for i in 1 2 3; do echo o > /proc/warnings; done; dmesg -c | grep -E '^WARNING|true'
  WARNING: CPU: \d PID: \d+ at modules/warnings\.ts:14 warnings_write\+0x[0-9a-f]+/0x[0-9a-f]+ \[warnings\] (re)
  warnings: WARN_ON_ONCE was true
  warnings: WARN_ON_ONCE was true
  warnings: WARN_ON_ONCE was true
  $ for i in 1 2; do echo p > /proc/warnings; done; dmesg -c | head -3; dmesg -c
  ------------[ cut here ]------------
  letter p of somebody
  WARNING: CPU: \d PID: \d+ at modules/warnings\.ts:16 warnings_write\+0x[0-9a-f]+/0x[0-9a-f]+ \[warnings\] (re)
  $ echo 1 > /sys/kernel/debug/clear_warn_once; for i in 1 2; do echo o > /proc/warnings; done; dmesg -c | grep -c ^WARNING
  1
  $ rmmod warnings; insmod warnings.ko; echo o > /proc/warnings; dmesg -c | grep -c ^WARNING
  1
