Pipelines are processes of their own, connected by real pipes (POSIX).

  $ seq 5 | sort -r | head -2
  5
  4
  $ false | true; echo $?
  0
  $ true | false
  [1]
  $ ! true
  [1]
  $ set -o pipefail; false | true; echo $?; set +o pipefail
  1
  $ yes | head -3
  y
  y
  y
  $ x=1; echo 2 | read x; echo $x
  1
  $ seq 100000 | wc -l
  100000
  $ seq 1 3 | while read n; do echo "<$n>"; done
  <1>
  <2>
  <3>
  $ (echo a; echo b >&2; echo c) 2>/dev/null | tr a-z A-Z
  A
  C
  $ echo $(echo $(echo nested))
  nested
