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
  $ sleep 0.5; taskset 1 cat /proc/$!/stack; kill $!
