A job's text is made from the syntax tree as ash makes it: the descriptor of every redirection, words in double quotes, no assignments and
no redirections of compound commands. As Linux's busybox 1.35 shows them.

  $ sleep 5 > q 2>&1 < /dev/null &
  $ sleep 5 >>q <> q &
  $ (sleep 5) 2>/dev/null &
  $ x=1 y=$((1+2)) sleep 5 &
  $ while sleep 5; do break; done > q &
  $ jobs
  [5]+  Running                    while sleep 5; do break; done
  [4]-  Running                    sleep 5
  [3]   Running                    (sleep 5)
  [2]   Running                    sleep 5 1>>q 0<>q
  [1]   Running                    sleep 5 1>q 2>&1 0</dev/null
