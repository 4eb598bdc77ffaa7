A process may have as many open files as its limit says.

  $ ulimit -n
  1024
  $ sh -c "ulimit -n 5; exec 3< /dev/null 4< /dev/null; cat /etc/passwd; echo $?"
  cat: can't open '/etc/passwd': Too many open files
  0

The table grows with the limit; no limit goes beyond fs.nr_open, and no table either.

  $ (ulimit -n 3000; open-files 5000)
  2997 opened, highest number 2999, error 24
  $ cat /proc/sys/fs/nr_open
  1048576
  $ echo 0 > /proc/sys/fs/nr_open
  sh: write error: Invalid argument
  [1]
  $ echo 100 > /proc/sys/fs/nr_open
  $ ulimit -n 5000
  sh: error setting limit: Operation not permitted
  [1]
  $ open-files 5000
  125 opened, highest number 127, error 24
  $ echo 1048576 > /proc/sys/fs/nr_open

And so is the system's, for everybody but root. A file is counted as long as it is open.

  $ echo 10 > /proc/sys/fs/file-nr
  sh: can't create /proc/sys/fs/file-nr: Permission denied
  [1]
  $ echo -5 > /proc/sys/fs/file-max
  sh: write error: Invalid argument
  [1]
  $ set -- $(cat /proc/sys/fs/file-nr); had=$1; test $3 -ge 8192; echo $? $2
  0 0
  $ echo $((had + 100)) > /proc/sys/fs/file-max
  $ dmesg -c > /dev/null; open-files 500 1000 | sed 's/^\(9[0-9]\|10[0-9]\) /about a hundred /; s/number [0-9]*/number N/'
  about a hundred opened, highest number N, error 23
  $ dmesg | sed 's/[0-9][0-9]*/N/'
  VFS: file-max limit N reached
  $ open-files 500
  500 opened, highest number 502, error 0
  $ set -- $(cat /proc/sys/fs/file-nr); echo $(($1 - had)) $(($3 - had))
  0 100
