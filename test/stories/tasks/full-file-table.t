A process may have as many open files as its limit says.

  $ ulimit -n
  1024
  $ sh -c "ulimit -n 5; exec 3< /dev/null 4< /dev/null; cat /etc/passwd; echo $?"
  cat: can't open '/etc/passwd': Too many open files
  0
