Keys that the terminal turns into signals for the foreground job.

  $ sleep 1000
  < ^C
  ^C
  [130]
  $ sh -c 'trap "echo caught" INT; sleep 1000; echo on'
  < ^C
  ^Ccaught
  on
  $ cat | cat
  < ^\
  ^\Quit
  Quit
  [131]
  $ sleep 1000
  < ^Z
  ^Z[1]+  Stopped                    sleep 1000
  [148]
  $ bg
  [1] sleep 1000
  $ kill %1; sleep 0.1
  [1]+  Terminated                 sleep 1000
