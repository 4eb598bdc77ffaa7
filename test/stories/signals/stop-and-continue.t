SIGSTOP stops, SIGCONT lets go on; the state shows it.

  $ sleep 1000 &
  $ kill -STOP $!; sleep 0.1; cut -d' ' -f3 /proc/$!/stat
  T
  [1]+  Stopped (signal)           sleep 1000
  $ kill -CONT $!; sleep 0.1; cut -d' ' -f3 /proc/$!/stat
  S
  $ kill -STOP $!; sleep 0.1; kill -TERM $!; sleep 0.1; cut -d' ' -f3 /proc/$!/stat
  T
  [1]+  Stopped (signal)           sleep 1000
  $ kill -CONT $!; sleep 0.1; ls -d /proc/$!
  ls: /proc/[0-9]+: No such file or directory (re)
  [1]+  Terminated                 sleep 1000
  [1]
