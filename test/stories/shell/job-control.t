Stopped jobs, their text with its quotes, and job control in a shell that is not at the prompt; every line as busybox 1.35's ash prints it.

  $ sh -c 'kill -STOP $$; echo "resumed"'
  [1]+  Stopped (signal)           sh -c "kill -STOP \$\$; echo \"resumed\""
  [147]
  $ fg
  sh -c "kill -STOP \$\$; echo \"resumed\""
  resumed
  $ sh -c 'kill -TTIN $$'
  [1]+  Stopped (tty input)        sh -c "kill -TTIN \$\$"
  [149]
  $ bg; sleep 0.5
  [1] sh -c "kill -TTIN \$\$"
  [1]+  Done                       sh -c "kill -TTIN \$\$"
  $ sh -m -c 'echo $-; sleep 1 & jobs; wait; echo ok'
  cm
  [1]+  Running                    sleep 1
  ok
  $ sh -m -c 'sh -c "kill -STOP \$\$; exit 5"; echo $?; jobs; fg; echo $?'
  147
  [1]+  Stopped (signal)           sh -c "kill -STOP $$; exit 5"
  sh -c "kill -STOP $$; exit 5"
  5
  $ sh -c 'set -m; sleep 3 & kill -STOP %1; sleep 1; jobs; bg; jobs; kill %1; wait %1; echo $?'
  [1]+  Stopped (signal)           sleep 3
  [1] sleep 3
  [1]+  Running                    sleep 3
  Terminated
  143
  $ sh -c 'sleep 1 & fg; echo $?'
  sh: fg: line 0: job (null) not created under job control
  2
  $ sh -c 'sleep 1 & fg %1; echo $?'
  sh: fg: line 0: job %1 not created under job control
  2

Of several that end, the next is the previous job once the one before it is gone.

  $ sleep 20 & sleep 21 & sleep 22 &
  $ kill -STOP %2; sleep 0.3
  [2]+  Stopped (signal)           sleep 21
  $ kill %1 %2 %3; sleep 0.3
  [3]-  Terminated                 sleep 22
  [1]-  Terminated                 sleep 20
  $ kill -CONT %2; sleep 0.3
  [2]+  Terminated                 sleep 21
