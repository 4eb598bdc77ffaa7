/proc/sysrq-trigger: one letter, one measure.

# kelp: --append loglevel=0

  $ dmesg -c > /dev/null; ls -l /proc/sysrq-trigger | cut -c1-10
  --w-------
  $ echo h > /proc/sysrq-trigger; dmesg -c
  sysrq: HELP : loglevel(0-9) reboot(b) crash(c) terminate-all-tasks(e) memory-full-oom-kill(f) kill-all-tasks(i) thaw-filesystems(j) sak(k) show-backtrace-all-active-cpus(l) show-memory-usage(m) nice-all-RT-tasks(n) poweroff(o) show-registers(p) show-all-timers(q) unraw(r) sync(s) show-task-states(t) unmount(u) show-blocked-tasks(w) dump-ftrace-buffer(z) 
  sysrq: HELP : loglevel(0-9) reboot(b) crash(c) terminate-all-tasks(e) memory-full-oom-kill(f) kill-all-tasks(i) thaw-filesystems(j) sak(k) show-backtrace-all-active-cpus(l) show-memory-usage(m) nice-all-RT-tasks(n) poweroff(o) show-registers(p) show-all-timers(q) unraw(r) sync(s) show-task-states(t) unmount(u) show-blocked-tasks(w) dump-ftrace-buffer(z) 
  $ echo 5xyz > /proc/sysrq-trigger; cut -f1 /proc/sys/kernel/printk; echo 0 > /proc/sysrq-trigger; dmesg -c
  sysrq: Changing Loglevel
  sysrq: Loglevel set to 5
  5
  sysrq: Changing Loglevel
  sysrq: Loglevel set to 0
  sysrq: Changing Loglevel
  sysrq: Loglevel set to 5
  sysrq: Changing Loglevel
  sysrq: Loglevel set to 0
  $ sleep 1; echo w > /proc/sysrq-trigger; dmesg -c
  sysrq: Show Blocked State
  sysrq: Show Blocked State
  $ echo l > /proc/sysrq-trigger; dmesg -c | grep -v '^ ? '
  sysrq: Show backtrace of all active CPUs
  sysrq: Show backtrace of all active CPUs
  NMI backtrace for cpu \d (re)
  CPU: \d PID: \d+ Comm: sh Not tainted 6\.1\.0-kelp #1 (re)
  Hardware name: kelp microvm
  Call Trace:
   <TASK>
   dump_stack_lvl\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   nmi_cpu_backtrace\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   nmi_trigger_cpumask_backtrace\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   sysrq_handle_showallcpus\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   __handle_sysrq\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   write_sysrq_trigger\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
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
  Sending NMI from CPU \d to CPUs \d: (re)
  NMI backtrace for cpu \d skipped: idling at native_safe_halt\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
  $ for i in j k n p r s u; do echo $i > /proc/sysrq-trigger; done; dmesg -c
  sysrq: Emergency Thaw of all frozen filesystems
  sysrq: SAK
  sysrq: Nice All RT Tasks
  sysrq: Show Regs
  sysrq: Keyboard mode set to system default
  sysrq: Emergency Sync
  sysrq: Emergency Remount R/O
  sysrq: Emergency Thaw of all frozen filesystems
  Emergency Thaw complete
  sysrq: SAK
  sysrq: Nice All RT Tasks
  sysrq: Show Regs
  sysrq: Keyboard mode set to system default
  sysrq: Emergency Sync
  Emergency Sync complete
  sysrq: Emergency Remount R/O
  Emergency Remount complete
  $ echo m > /proc/sysrq-trigger; dmesg -c | grep -E '^sysrq|^Mem-Info|pages RAM'
  sysrq: Show Memory
  sysrq: Show Memory
  Mem-Info:
  32768 pages RAM
  $ echo t > /proc/sysrq-trigger; dmesg -c | grep -v '?' | grep -E -A4 '^task:(khungtaskd|migration/1)' | cut -c1-32
  sysrq: Show State
  task:migration/1     state:S sta
  Stopper: 0x0 <- 0x0
  Call Trace:
   <TASK>
   __schedule+* (glob)
  --
  task:khungtaskd      state:S sta
  Call Trace:
   <TASK>
   __schedule+* (glob)
   schedule+* (glob)
  $ echo c > /proc/sysrq-trigger
  sysrq: Trigger a crash
  [120]
