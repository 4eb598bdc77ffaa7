Parameters at load time and in sysfs (recording "insmod-errors").

# kelp: --append loglevel=1

  $ dmesg -c > /dev/null; insmod hello.ko whom=oracle howmany=2; dmesg -c | grep Hello
  hello: Hello, oracle
  hello: Hello, oracle
  $ cd /sys/module/hello/parameters; stat -c '%A %n' *
  -rw-r--r-- arr
  -rw-r--r-- howmany
  -rw-r--r-- loud
  -r--r--r-- whom
  $ grep . *
  arr:1,2
  howmany:2
  loud:N
  whom:oracle
  $ echo 5 > howmany; echo y > loud; echo 7,8,9 > arr; grep . *
  arr:7,8,9
  howmany:5
  loud:Y
  whom:oracle
  $ echo abc > howmany
  sh: write error: Invalid argument
  [1]
  $ echo maybe > loud
  sh: write error: Invalid argument
  [1]
  $ echo 1,2,3,4,5 > arr
  sh: write error: Invalid argument
  [1]
  $ echo x > whom
  sh: can't create whom: Permission denied
  [1]
  $ cd; rmmod hello; dmesg -c
  arr: can only take 4 arguments
  hello: Goodbye, oracle

What does not fit is refused; what is not known is only told.

  $ insmod hello.ko howmany=abc
  insmod: can't insert 'hello.ko': Invalid argument
  [22]
  $ insmod badparam.ko n=99999999999
  insmod: can't insert 'badparam.ko': Numerical result out of range
  [34]
  $ insmod hello.ko nosuchparam=1; rmmod hello
  $ insmod hello.ko whom="two words"; cat /proc/hello
  hello: original, whom=two
  $ dmesg -c
  hello: `abc' invalid for parameter `howmany'
  hello: `abc' invalid for parameter `howmany'
  badparam: `99999999999' invalid for parameter `n'
  badparam: `99999999999' invalid for parameter `n'
  hello: unknown parameter 'nosuchparam' ignored
  hello: Hello, world
  hello: Goodbye, world
  hello: unknown parameter 'words' ignored
  hello: Hello, two
