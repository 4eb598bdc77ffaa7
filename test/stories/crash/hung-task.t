A task that sleeps uninterruptibly, and is not switched once in hung_task_timeout_secs, is told of with its stack.

# kelp: --timeout 1000 --append loglevel=1

  $ cat /proc/sys/kernel/hung_task_timeout_secs /proc/sys/kernel/hung_task_warnings /proc/sys/kernel/hung_task_panic
  120
  10
  0
  $ insmod lockup.ko; dmesg -c > /dev/null
  $ echo u 0 > /proc/lockup &
  $ sleep 250; dmesg -c | grep -v '^ ? '
  INFO: task sh:\d+ blocked for more than (1[2-9]\d|2[0-4]\d) seconds. (re)
        Tainted: G           OE      6.1.0-kelp #1
  "echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.
  task:sh              state:D stack:0     pid:\d+ +ppid:\d+ +flags:0x00000000 (re)
  Call Trace:
   <TASK>
   __schedule+0x* (glob)
   schedule+0x* (glob)
   wait_common\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
   wait_for_completion+0x* (glob)
   lockup_write+0x* [lockup] (glob)
   proc_reg_write+0x* (glob)
   vfs_write+0x* (glob)
   ksys_write+0x* (glob)
   do_syscall_64+0x* (glob)
   entry_SYSCALL_64_after_hwframe+0x* (glob)
  RIP: 0033:0x[0-9a-f]+ (re)
  Code: * (glob)
  RSP: 002b:* (glob)
  RAX: * (glob)
  RDX: * (glob)
  RBP: * (glob)
  R10: * (glob)
  R13: * (glob)
   </TASK>
  $ echo 0 > /proc/sys/kernel/hung_task_timeout_secs; sleep 500; dmesg -c
  $ echo r 0 > /proc/lockup; wait; rmmod lockup
  [1]+  Done                       echo u 0 1>/proc/lockup
