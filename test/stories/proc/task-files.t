What /proc says of a task (recording "proc-tasks", proc(5)).

  $ sleep 1000 &
  $ cat /proc/$!/comm; tr '\0' ' ' < /proc/$!/cmdline; echo
  sleep
  sleep 1000 
  $ grep -E '^(Name|Umask|State|TracerPid|Uid|Gid|Threads):' /proc/$!/status
  Name:\tsleep (esc)
  Umask:\t0022 (esc)
  State:\tS (sleeping) (esc)
  TracerPid:\t0 (esc)
  Uid:\t0\t0\t0\t0 (esc)
  Gid:\t0\t0\t0\t0 (esc)
  Threads:\t1 (esc)
  $ [ $(grep PPid: /proc/$!/status | cut -f2) = $$ ]
  $ cut -d' ' -f2,3 /proc/$!/stat
  (sleep) S

Reading its program from the root file system is no sleep of its own: the device has answered by then.

  $ [ $(grep ^voluntary_ctxt /proc/$!/status | cut -f2) -lt 10 ] || grep ctxt /proc/$!/status
  $ readlink /proc/$!/cwd
  /root
  $ kill $!; wait $!
  Terminated
  [1]+  Terminated                 sleep 1000
  [143]
  $ ls -d /proc/$!
  ls: /proc/[0-9]+: No such file or directory (re)
  [1]
