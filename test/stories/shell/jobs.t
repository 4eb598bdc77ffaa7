Job control as ash tells of it (recording "ash").

  $ sleep 100 &
  $ jobs
  [1]+  Running                    sleep 100
  $ sleep 200 &
  $ jobs
  [2]+  Running                    sleep 200
  [1]-  Running                    sleep 100
  $ kill %1
  $ jobs
  [2]+  Running                    sleep 200
  [1]-  Terminated                 sleep 100
  $ kill %2; wait; echo $?
  0
  [2]+  Terminated                 sleep 200
  $ jobs
  $ sleep 1 & wait $!; echo rc $?
  rc 0
  [1]+  Done                       sleep 1
  $ false & wait $!; echo rc $?
  rc 1
  [1]+  Done(1)                    false
  $ sleep 0.3 &
  $ sleep 1
  [1]+  Done                       sleep 0.3
  $ fg
  sh: fg: No current job
  [2]
  $ bg
  sh: bg: No current job
  [2]
  $ wait %5
  sh: wait: %5: no such job
  [2]
  $ wait 99999
  [127]
