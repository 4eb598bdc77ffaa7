Settings from files and by name, columns of ps, as busybox has them.

  $ sysctl nosuch.key; sysctl kernel.nosuch kernel/ostype
  sysctl: error: 'nosuch/key' is an unknown key
  sysctl: error: 'kernel.nosuch' is an unknown key
  kernel.ostype = Linux
  [1]
  $ sysctl -w kernel.ostype kernel.panic=0
  sysctl: error: 'kernel.ostype' must be of the form name=value
  kernel.panic = 0
  [1]
  $ printf '# c\n; d\n\nkernel.panic = 7\nkernel.panic_on_oops=0\n  kernel.panic=  0  \nbadline\nnosuch = 1\n' > s.conf; sysctl -p s.conf
  kernel.panic = 7
  kernel.panic_on_oops = 0
  kernel.panic = 0
  sysctl: bad line 7: 1 tokens found, 2 needed
  sysctl: error: 'nosuch' is an unknown key
  $ sysctl -p
  sysctl: /etc/sysctl.conf: No such file or directory
  $ sysctl -a | grep '^kernel.os'
  kernel.osrelease = 6.1.0-kelp
  kernel.ostype = Linux
  $ ps -o foo
  ps: bad -o argument 'foo', supported arguments: user,group,comm,args,pid,ppid,pgid,nice,rgroup,ruser,tty,vsz,sid,stat,rss
  [1]
  $ nice -n 5 sleep 9 &
  $ ps -o user,group,nice,ruser,stat,comm | grep 'USER\|sleep\|kthreadd\|rcu_preempt'
  USER     GROUP    NI    RUSER    STAT COMMAND
  root     root         0 root     SW   kthreadd
  root     root         0 root     IW   rcu_preempt
  root     root         5 root     SN   sleep
  $ ps -o comm,args,pid | head -1
  COMMAND          COMMAND
