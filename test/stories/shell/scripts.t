Script files: names and line numbers in messages, options, exit (recording "ash").

  $ cd /tmp; cat > s.sh <<'END'
  > #!/bin/sh
  > echo "in a script: $0 $#"
  > nosuchcommand arg
  > cat /missing/file
  > echo 2 > /nodir/x
  > echo after $?
  > exit 7
  > END
  $ ./s.sh
  sh: ./s.sh: Permission denied
  [126]
  $ chmod +x s.sh; ./s.sh a b
  in a script: ./s.sh 2
  ./s.sh: line 3: nosuchcommand: not found
  cat: can't open '/missing/file': No such file or directory
  ./s.sh: line 5: can't create /nodir/x: nonexistent directory
  after 1
  [7]
  $ sh s.sh
  in a script: s.sh 0
  s.sh: line 3: nosuchcommand: not found
  cat: can't open '/missing/file': No such file or directory
  s.sh: line 5: can't create /nodir/x: nonexistent directory
  after 1
  [7]
  $ sh -c 'echo $0 $1' a b
  a b
  $ sh -x -c 'x=1; echo trace $x'
  + x=1
  + echo trace 1
  trace 1
  $ sh -e -c 'false; echo no'
  [1]
  $ sh -c 'trap "echo bye" EXIT; exit 4'
  bye
  [4]
  $ echo 'echo from stdin; exit 5' | sh
  from stdin
  [5]
