Redirections, what they make and what they refuse (POSIX; messages: recording "ash").

  $ cd /tmp; echo one > f; echo two >> f; cat f
  one
  two
  $ cat < /missing
  sh: can't open /missing: no such file
  [1]
  $ echo hi > /missing/file
  sh: can't create /missing/file: nonexistent directory
  [1]
  $ echo hi > /root
  sh: can't create /root: Is a directory
  [1]
  $ set -C; echo three > f; echo $?; echo four >| f; set +C; cat f
  sh: can't create f: File exists
  1
  four
  $ ls /missing 2> err; echo $?; cat err
  1
  ls: /missing: No such file or directory
  $ { echo out; echo err >&2; } 2>&1 > /dev/null
  err
  $ exec 3> g; echo three >&3; exec 3>&-; cat g
  three
  $ echo x >&3
  sh: 3: Bad file descriptor
  [1]
  $ echo x > /dev/full
  sh: write error: No space left on device
  [1]
  $ cat <<END
  > a $((1 + 1)) b
  >  \$HOME
  > END
  a 2 b
   $HOME
  $ cat <<'END'
  > a $((1 + 1)) b
  > END
  a $((1 + 1)) b

What exec's redirections replace is closed for good.

  $ exec 9< /etc/passwd; ls /proc/$$/fd | tr '\n' ' '; exec 9<&-; ls /proc/$$/fd | tr '\n' ' '; echo
  0 1 10 2 9 0 1 10 2 
