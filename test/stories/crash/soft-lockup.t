A CPU that stays in the kernel with preemption off is told of, again and again, and taints the kernel; one that can be preempted is not.

# kelp: --cpus 2 --timeout 200 --append loglevel=0

  $ cd /proc/sys/kernel; cat watchdog soft_watchdog nmi_watchdog watchdog_thresh softlockup_panic softlockup_all_cpu_backtrace; cd
  1
  1
  0
  10
  0
  0
  $ insmod lockup.ko; echo 1 > /proc/sys/kernel/watchdog_thresh; dmesg -c > /dev/null
  $ echo t 5 > /proc/lockup; dmesg -c
  $ echo s 6 > /proc/lockup; dmesg -c | grep -v '^ ? '
  watchdog: BUG: soft lockup - CPU#\d stuck for 3s! \[sh:\d+\] (re)
  Modules linked in: lockup(OE)
  CPU: \d PID: \d+ Comm: sh Tainted: G           OE      6\.1\.0-kelp #1 (re)
  Hardware name: kelp microvm
  RIP: 0010:delay_tsc\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
  Code: .* (re)
  RSP: 0018:[0-9a-f]{16} EFLAGS: [0-9a-f]{8} (re)
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
   mdelay\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   spin\+0x[0-9a-f]+/0x[0-9a-f]+ \[lockup\] (re)
   lockup_write\+0x[0-9a-f]+/0x[0-9a-f]+ \[lockup\] (re)
   proc_reg_write\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   vfs_write\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   ksys_write\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   do_syscall_64\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   entry_SYSCALL_64_after_hwframe\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
  RIP: 0033:0x[0-9a-f]+ (re)
  Code: .* (re)
  RSP: 002b:[0-9a-f]{16} EFLAGS: [0-9a-f]{8} ORIG_RAX: [0-9a-f]{16} (re)
  RAX: [0-9a-f]{16} RBX: [0-9a-f]{16} RCX: [0-9a-f]{16} (re)
  RDX: [0-9a-f]{16} RSI: [0-9a-f]{16} RDI: [0-9a-f]{16} (re)
  RBP: [0-9a-f]{16} R08: [0-9a-f]{16} R09: [0-9a-f]{16} (re)
  R10: [0-9a-f]{16} R11: [0-9a-f]{16} R12: [0-9a-f]{16} (re)
  R13: [0-9a-f]{16} R14: [0-9a-f]{16} R15: [0-9a-f]{16} (re)
   </TASK>
  watchdog: BUG: soft lockup - CPU#\d stuck for 6s! \[sh:\d+\] (re)
  Modules linked in: lockup(OE)
  CPU: \d PID: \d+ Comm: sh Tainted: G           OEL     6\.1\.0-kelp #1 (re)
  Hardware name: kelp microvm
  RIP: 0010:delay_tsc\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
  Code: .* (re)
  RSP: 0018:[0-9a-f]{16} EFLAGS: [0-9a-f]{8} (re)
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
   mdelay\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   spin\+0x[0-9a-f]+/0x[0-9a-f]+ \[lockup\] (re)
   lockup_write\+0x[0-9a-f]+/0x[0-9a-f]+ \[lockup\] (re)
   proc_reg_write\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   vfs_write\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   ksys_write\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   do_syscall_64\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   entry_SYSCALL_64_after_hwframe\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
  RIP: 0033:0x[0-9a-f]+ (re)
  Code: .* (re)
  RSP: 002b:[0-9a-f]{16} EFLAGS: [0-9a-f]{8} ORIG_RAX: [0-9a-f]{16} (re)
  RAX: [0-9a-f]{16} RBX: [0-9a-f]{16} RCX: [0-9a-f]{16} (re)
  RDX: [0-9a-f]{16} RSI: [0-9a-f]{16} RDI: [0-9a-f]{16} (re)
  RBP: [0-9a-f]{16} R08: [0-9a-f]{16} R09: [0-9a-f]{16} (re)
  R10: [0-9a-f]{16} R11: [0-9a-f]{16} R12: [0-9a-f]{16} (re)
  R13: [0-9a-f]{16} R14: [0-9a-f]{16} R15: [0-9a-f]{16} (re)
   </TASK>
  $ cat /proc/sys/kernel/tainted
  28672
  $ echo 1 > /proc/sys/kernel/softlockup_all_cpu_backtrace
  $ echo s 3 > /proc/lockup; dmesg -c | grep -E 'lockup -|NMI'
  watchdog: BUG: soft lockup - CPU#\d stuck for 3s! \[sh:\d+\] (re)
  Sending NMI from CPU \d to CPUs \d: (re)
  NMI backtrace for cpu \d skipped: idling at native_safe_halt\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
  $ echo 0 > /proc/sys/kernel/watchdog; echo s 4 > /proc/lockup; dmesg -c
  $ echo 61 > /proc/sys/kernel/watchdog_thresh
  sh: write error: Invalid argument
  [1]
  $ echo 1 > /proc/sys/kernel/softlockup_panic; echo 1 > /proc/sys/kernel/watchdog; echo s 4 > /proc/lockup
  [120]
