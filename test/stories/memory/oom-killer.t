When no memory is left the process with the most of it is killed, not the one that asks for more.

# kelp: --mem 64 --cpus 2

  $ dmesg -n 1; memhog; echo $?
  Killed
  137
  $ dmesg | grep -o 'memhog invoked oom-killer: .*'
  memhog invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), order=0, oom_score_adj=0
  $ dmesg | grep -o '\[  pid  \].*'
  [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
  $ dmesg | grep -o 'oom-kill:.*task=' | sort -u
  oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=
  $ dmesg | grep -c 'Out of memory: Killed process [0-9]* (memhog) total-vm:[0-9]*kB, anon-rss:[0-9]*kB, file-rss:[0-9]*kB, shmem-rss:0kB, UID:0 pgtables:[0-9]*kB oom_score_adj:0'
  1

A higher oom_score_adj makes a smaller process the victim; −1000 spares it.

  $ cat > /tmp/two.sh << 'END'
  > (echo $1 > /proc/self/oom_score_adj; exec memhog $2) &
  > sleep 0.2
  > memhog $3
  > wait
  > END
  $ dmesg -c > /dev/null
  $ sh /tmp/two.sh 800 20 48
  memhog: 20 MiB
  memhog: 48 MiB
  $ dmesg | grep -o 'oom_score_adj:[0-9]*$'
  oom_score_adj:800
  $ dmesg -c > /dev/null
  $ sh /tmp/two.sh -1000 40 30
  memhog: 40 MiB
  Killed
  $ dmesg | grep -o 'oom_score_adj:[0-9]*$'
  oom_score_adj:0

The files of /proc/PID as Linux has them: 666 for one that holds next to nothing, 0 for who is never killed.

  $ cat /proc/self/oom_score /proc/1/oom_score /proc/2/oom_score
  666
  0
  0
  $ echo 100 > /proc/$$/oom_score_adj; cat /proc/$$/oom_score_adj /proc/$$/oom_adj
  100
  1
  $ echo 2000 > /proc/$$/oom_score_adj
  sh: write error: Invalid argument
  [1]
