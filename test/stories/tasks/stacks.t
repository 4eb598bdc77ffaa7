A task that runs has no stack to show; one in wait(2) or read(2) shows the functions that Linux has there.

  $ cat /proc/$$/stack | sed 's/+.*//'
  [<0>] do_wait
  [<0>] kernel_wait4
  [<0>] __do_sys_wait4
  [<0>] do_syscall_64
  [<0>] entry_SYSCALL_64_after_hwframe
  $ sleep 30 | cat &
  $ sleep 0.2; cat /proc/$!/stack | sed 's/+.*//'
  [<0>] pipe_read
  [<0>] vfs_read
  [<0>] ksys_read
  [<0>] do_syscall_64
  [<0>] entry_SYSCALL_64_after_hwframe
  $ taskset 2 sh -c 'while :; do :; done' &
  $ sleep 0.5; taskset 1 cat /proc/$!/stack; kill $! %1; wait
  [2]+  Terminated                 taskset 2 sh -c "while :; do :; done"
  [1]+  Terminated                 sleep 30 | cat

Waits that are macros in Linux have no frame of their own.

  $ cat /dev/kmsg > /dev/null &
  $ sleep 0.2; cat /proc/$!/stack | sed 's/+.*//' | head -2; kill $!; wait
  [<0>] devkmsg_read
  [<0>] vfs_read
  [1]+  Terminated                 cat /dev/kmsg 1>/dev/null
  $ mkfifo f; cat f &
  $ sleep 0.2; cat /proc/$!/stack | sed 's/+.*//' | head -5; kill $!; wait
  [<0>] wait_for_partner
  [<0>] fifo_open
  [<0>] do_dentry_open
  [<0>] path_openat
  [<0>] do_filp_open
  [1]+  Terminated                 cat f
  $ for p in /proc/[0-9]*; do [ "$(cat $p/comm 2>/dev/null)" = oom_reaper ] && cat $p/wchan; done; echo
  oom_reaper
