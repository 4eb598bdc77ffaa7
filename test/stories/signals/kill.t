How a shell tells of a child that a signal has ended (recording "ash"), and traps.

  $ sh -c 'kill -SEGV $$'
  Segmentation fault
  [139]
  $ sh -c 'kill -9 $$'
  Killed
  [137]
  $ sh -c 'kill -TERM $$'
  Terminated
  [143]
  $ sh -c 'trap "echo caught" TERM; kill -TERM $$; echo after'
  caught
  after
  $ sh -c 'trap "" TERM; kill -TERM $$; echo ignored'
  ignored
  $ kill
  sh: you need to specify whom to kill
  [1]
  $ kill 99999
  sh: can't kill pid 99999: No such process
  [1]
  $ kill abc
  sh: invalid number 'abc'
  [1]
  $ kill -l 9 15
  KILL
  TERM
  $ kill -0 $$
  $ kill -9 1; kill -TERM 1; cat /proc/1/comm
  init
