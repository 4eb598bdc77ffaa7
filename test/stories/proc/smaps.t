What a process really occupies: /proc/PID/smaps area by area, smaps_rollup in sum, in Linux 6.1's form.

  $ memhog 4 > /dev/null & sleep 0.3; pid=$!
  $ sed -n '/\[stack\]/,/VmFlags/p' /proc/$pid/smaps
  7ff*-7ffffffff000 rw-p 00000000 00:00 0                          [stack] (glob)
  Size:                132 kB
  KernelPageSize:        4 kB
  MMUPageSize:           4 kB
  Rss:                   4 kB
  Pss:                   4 kB
  Pss_Dirty:             4 kB
  Shared_Clean:          0 kB
  Shared_Dirty:          0 kB
  Private_Clean:         0 kB
  Private_Dirty:         4 kB
  Referenced:            4 kB
  Anonymous:             4 kB
  LazyFree:              0 kB
  AnonHugePages:         0 kB
  ShmemPmdMapped:        0 kB
  FilePmdMapped:         0 kB
  Shared_Hugetlb:        0 kB
  Private_Hugetlb:       0 kB
  Swap:                  0 kB
  SwapPss:               0 kB
  Locked:                0 kB
  THPeligible:    0
  VmFlags: rd wr mr mw me gd ac 
  $ sed -n '1p;/Pss_Anon/p;/^Swap/p' /proc/$pid/smaps_rollup
  00401000-7ffffffff000 ---p 00000000 00:00 0                              [rollup]
  Pss_Anon:           4* kB (glob)
  Swap:                  0 kB
  SwapPss:               0 kB

The sums agree with each other and with status.

  $ sum() { sed -n "s/^$1: *\([0-9]*\) kB/\1/p" /proc/$pid/smaps | { n=0; while read k; do n=$((n + k)); done; echo $n; }; }
  $ field() { sed -n "s/^$2:[^0-9]*\([0-9]*\) kB/\1/p" /proc/$pid/$1; }
  $ test $(sum Rss) = $(field status VmRSS) -a $(sum Rss) = $(field smaps_rollup Rss); echo $?
  0
  $ test $(sum Anonymous) = $(field status RssAnon) -a $(sum Size) = $(field status VmSize); echo $?
  0
  $ test $(($(sum Private_Clean) + $(sum Private_Dirty) + $(sum Shared_Clean) + $(sum Shared_Dirty))) = $(sum Rss); echo $?
  0
  $ wait
  [1]+  Done                       memhog 4 1>/dev/null

Pages of a program that runs twice are shared: each has half of them.

  $ memhog 1 > /dev/null & memhog 1 > /dev/null & sleep 0.3
  $ sed -n '/r-xp.*memhog/,/VmFlags/p' /proc/$!/smaps | grep '^Rss\|^Pss\|Shared_C\|Private_C\|VmFl'
  Rss:                   4 kB
  Pss:                   2 kB
  Pss_Dirty:             0 kB
  Shared_Clean:          4 kB
  Private_Clean:         0 kB
  VmFlags: rd ex mr mw me 
  $ wait
  [2]+  Done                       memhog 1 1>/dev/null
  [1]+  Done                       memhog 1 1>/dev/null

A kernel thread has no memory of its own.

  $ cat /proc/2/maps /proc/2/smaps; cat /proc/2/smaps_rollup
  cat: read error: No such process
  [1]
