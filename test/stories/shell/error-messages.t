What sh says when something is not there, and the status of it (recording "ash" of busybox 1.35).

  $ nosuchcommand
  sh: nosuchcommand: not found
  [127]
  $ /nosuch/path
  sh: /nosuch/path: not found
  [127]
  $ /root
  sh: /root: Permission denied
  [126]
  $ cd /missing
  sh: cd: can't cd to /missing: No such file or directory
  [2]
  $ cd /root/hello.ko
  sh: cd: can't cd to /root/hello.ko: Not a directory
  [2]
  $ if then
  sh: syntax error: unexpected "then"
  [2]
  $ )
  sh: syntax error: unexpected ")"
  [2]
  $ echo $((1/0))
  sh: divide by zero
  [2]
  $ echo ${undefined:?}
  sh: undefined: parameter not set or null
  [2]
  $ readonly R=1; R=2
  sh: R: is read only
  [2]
  $ export 1a=2
  sh: export: 1a: bad variable name
  [2]
  $ [ 1 -eq a ]
  sh: a: bad number
  [2]
  $ . /missing
  sh: .: can't open '/missing': No such file or directory
  [2]
  $ sh -c 'if'
  sh: syntax error: unexpected end of file (expecting "then")
  [2]
