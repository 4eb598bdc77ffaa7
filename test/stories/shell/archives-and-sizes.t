Archives, lengths of files, processors and roots of programs.

  $ mkdir -p d; echo one > d/a; printf '#!/bin/sh\necho two\n' > d/b; chmod 755 d/b; ln -s a d/l
  $ tar czf d.tgz d; mkdir x; tar xzf d.tgz -C x; x/d/b; cat x/d/l; ls -1F x/d
  two
  one
  a
  b*
  l@
  $ dmesg | gzip > log.gz; zcat log.gz | head -1 | cut -c1-21
  Linux version 6.1.0-k
  $ gunzip log.gz; dmesg | cmp - log; ls log*
  log
  $ truncate -s 5 t; wc -c t; fallocate -l 9 t; wc -c t; truncate -s 1k t; wc -c t
  5 t
  9 t
  1024 t
  $ taskset -p $$ | sed "s/$$/PID/"
  pid PID's current affinity mask: 3
  $ taskset 2 sh -c 'taskset -cp $$ | sed "s/$$/PID/"'
  pid PID's current affinity list: 1
  $ taskset 8 true
  taskset: can't set pid 0's affinity: Invalid argument
  [1]
  $ chroot / /bin/busybox echo inside
  inside
  $ chroot /nowhere true
  chroot: can't change root directory to '/nowhere': No such file or directory
  [1]
  $ eval "set -- $(getopt -o ab: -l size: -- -a 'x y' --size=3 -b 'q r')"; echo "$# $4 $5 $7"
  7 -b q r x y
  $ paste d/a d/b | head -1; seq 100 | shuf -n 5 | wc -l; factor 600851475143 18446744073709551557
  one	#!/bin/sh
  5
  600851475143: 71 839 1471 6857
  18446744073709551557: 18446744073709551557
