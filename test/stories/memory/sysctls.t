What decides who is killed for memory, and how much may be promised: /proc/sys/vm as in Linux 6.1.

# kelp: --mem 64 --cpus 2

  $ dmesg -n 1
  $ sysctl vm.overcommit_memory vm.overcommit_ratio vm.panic_on_oom vm.oom_kill_allocating_task vm.oom_dump_tasks
  vm.overcommit_memory = 0
  vm.overcommit_ratio = 50
  vm.panic_on_oom = 0
  vm.oom_kill_allocating_task = 0
  vm.oom_dump_tasks = 1
  $ sysctl -w vm.overcommit_memory=3
  sysctl: write error: Invalid argument
  [1]
  $ sysctl -w vm.panic_on_oom=3
  sysctl: write error: Invalid argument
  [1]

SysRq-f kills the largest process through the OOM killer, in a worker.

  $ memhog 20 > /dev/null &
  $ sleep 0.3; dmesg -c > /dev/null; echo f > /proc/sysrq-trigger; sleep 1
  sysrq: Manual OOM execution
  [1]+  Killed                     memhog 20 1>/dev/null
  $ dmesg | grep '^sysrq\|invoked\|Workqueue\|Out of' | sed 's/:[0-9]*kB/:N/g; s/[0-9]*:[0-9] invoked/N invoked/; s/process [0-9]*/process N/'
  sysrq: Manual OOM execution
  kworker/N invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=-1, oom_score_adj=0
  Workqueue: events moom_callback
  Out of memory: Killed process N (memhog) total-vm:N, anon-rss:N, file-rss:N, shmem-rss:N, UID:0 pgtables:N oom_score_adj:0
  $ sysctl -w vm.oom_dump_tasks=0
  vm.oom_dump_tasks = 0
  $ for p in /proc/[0-9]*; do test -e $p/oom_score_adj && echo -1000 > $p/oom_score_adj; done
  $ dmesg -c > /dev/null; echo f > /proc/sysrq-trigger; sleep 1
  sysrq: Manual OOM execution
  $ dmesg | grep -c 'Tasks state'; dmesg | tail -2
  0
  Out of memory and no killable processes...
  sysrq: OOM request ignored. No task eligible
  $ for p in /proc/[0-9]*; do test -e $p/oom_score_adj && echo 0 > $p/oom_score_adj; done

Who asks for the page that is not there goes, if so told, though another one has more.

  $ sysctl -w vm.oom_kill_allocating_task=1
  vm.oom_kill_allocating_task = 1
  $ dmesg -c > /dev/null; memhog 35 & sleep 0.2; memhog 30; wait
  memhog: 35 MiB
  Killed
  [1]+  Done                       memhog 35
  $ dmesg | grep -o 'Out of memory.*(memhog)' | sed 's/process [0-9]*/process N/'
  Out of memory (oom_kill_allocating_task): Killed process N (memhog)
  $ sysctl -w vm.oom_kill_allocating_task=0
  vm.oom_kill_allocating_task = 0

Strict accounting: what is promised is counted when it is mapped, by fork too.

  $ grep Commit /proc/meminfo | sed 's/ *[0-9][0-9]* kB/ N kB/'
  CommitLimit: N kB
  Committed_AS: N kB
  $ committed() { sed -n 's/Committed_AS: *\([0-9]*\) kB/\1/p' /proc/meminfo; }
  $ before=$(committed); memhog 20 & sleep 0.3; echo $(($(committed) - before > 20000)); wait
  memhog: 20 MiB
  1
  [1]+  Done                       memhog 20
  $ echo $(($(committed) - before))
  0
  $ sysctl -w vm.overcommit_memory=2
  vm.overcommit_memory = 2
  $ memhog 10; memhog 60 | sed 's/after [0-9]*/after N/'
  memhog: 10 MiB
  memhog: no more after N MiB: 12
  $ sysctl -w vm.overcommit_ratio=0
  vm.overcommit_ratio = 0
  $ ls /
  sh: can't fork: Cannot allocate memory
  [2]
  $ echo 0 > /proc/sys/vm/overcommit_memory
  $ echo 5000 > /proc/sys/vm/overcommit_kbytes; cat /proc/sys/vm/overcommit_ratio; grep CommitLimit /proc/meminfo
  0
  CommitLimit:        5000 kB

