A victim that sleeps where no signal reaches it cannot go; after two seconds the reaper takes its memory, and who waits for memory goes on.

# kelp: --mem 64 --cpus 2 --timeout 300

  $ dmesg -n 1; insmod lockup.ko; dmesg -c > /dev/null
  $ mem-stuck 40 /proc/lockup "u 0" > /dev/null &
  $ sleep 0.5; grep State /proc/$!/status; stuck=$!
  State:\tD (disk sleep) (esc)
  $ memhog 30
  memhog: 30 MiB
  $ dmesg | grep -o 'invoked oom-killer: .*\|Killed process [0-9]* (.*) total\|oom_reaper: .*' | sed 's/process [0-9]*/process N/'
  invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), order=0, oom_score_adj=0
  Killed process N (mem-stuck) total
  oom_reaper: reaped process N (mem-stuck), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB
  $ grep 'State\|VmRSS' /proc/$stuck/status
  State:\tD (disk sleep) (esc)
  VmRSS:\t       0 kB (esc)
  $ echo r 0 > /proc/lockup; wait; cat /proc/$stuck/status
  cat: can't open '/proc/*/status': No such file or directory (glob)
  [1]+  Killed                     mem-stuck 40 /proc/lockup "u 0" 1>/dev/null
  [1]
