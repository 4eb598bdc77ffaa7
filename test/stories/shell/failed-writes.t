Who tells of a failed write: echo does, the other builtins only end with 1 (recorded from busybox 1.35).

  $ echo x > /dev/full
  sh: write error: No space left on device
  [1]
  $ printf x > /dev/full
  [1]
  $ pwd > /dev/full
  [1]
  $ set > /dev/full; umask > /dev/full; alias a=b; alias > /dev/full; type ls > /dev/full; export > /dev/full
  [1]
  $ printf 2 > /proc/sys/kernel/ftrace_enabled; printf x > /proc/sys/kernel/panic
  [1]

xargs takes its own options only in front of the program, whose -l is its own.

  $ mkdir d; touch d/f; echo d/f | xargs ls -l | cut -c1-10
  -rw-r--r--
  $ echo a b | xargs -n 1 echo -e
  a
  b

The folder's descriptor is an entry of /proc/self/fd whose link is gone when ls reads it.

  $ ls -l /proc/self/fd 2>&1 >/dev/null
  ls: /proc/self/fd/3: cannot read link: No such file or directory

time tells the three times, and -p in one form.

  $ time true 2>&1 | sed 's/[0-9]/N/g'
  real\tNm N.NNs (esc)
  user\tNm N.NNs (esc)
  sys\tNm N.NNs (esc)
  $ time -p true 2>&1 | sed 's/[0-9]/N/g'
  real N.NN
  user N.NN
  sys N.NN

insmod has no options.

  $ insmod -f hello.ko
  insmod: can't insert '-f': No such file or directory
  [254]
