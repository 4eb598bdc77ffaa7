trap: what it takes, when it runs, what it shows (POSIX).

  $ trap
  $ trap 'echo hup' HUP; trap -- '' USR1; trap
  trap -- 'echo hup' HUP
  trap -- '' USR1
  $ kill -HUP $$
  hup
  $ kill -USR1 $$
  $ trap - HUP USR1; trap
  $ trap 'echo x' NOSUCH
  sh: trap: NOSUCH: invalid signal specification
  [1]
  $ sh -c 'trap "echo one; exit 9" USR1; kill -USR1 $$; echo not reached'
  one
  [9]
  $ (trap 'echo end of subshell' EXIT; echo in it)
  in it
  end of subshell
  $ sh -c 'trap "echo t" TERM; sleep 1 & kill -TERM $$; wait; echo $?'
  t
  0
  $ sh -c 'sleep 5 & trap "echo woken" ALRM; (sleep 0.5; kill -ALRM $$) & wait $!; echo $?'
  woken
  142
