An init function's errno is what insmod says and exits with (rule 33), and nothing of the module stays.

# kelp: --append loglevel=1

  $ for e in 1 2 5 8 12 16 17 19 22; do insmod initfail.ko ret=-$e; echo $?; done
  insmod: can't insert 'initfail.ko': Operation not permitted
  1
  insmod: can't insert 'initfail.ko': unknown symbol in module, or unknown parameter
  2
  insmod: can't insert 'initfail.ko': Input/output error
  5
  insmod: can't insert 'initfail.ko': invalid module format
  8
  insmod: can't insert 'initfail.ko': Cannot allocate memory
  12
  insmod: can't insert 'initfail.ko': Device or resource busy
  16
  insmod: can't insert 'initfail.ko': File exists
  17
  insmod: can't insert 'initfail.ko': No such device
  19
  insmod: can't insert 'initfail.ko': Invalid argument
  22
  $ dmesg | grep -c 'initfail: returning'
  18
  $ cat /proc/modules; ls -d /sys/module/initfail
  ls: /sys/module/initfail: No such file or directory
  [1]
