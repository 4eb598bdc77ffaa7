Values that parameters take and refuse, and writes to the other files of a module's folder; recorded from Linux 6.1.

# kelp: --append loglevel=1

  $ insmod hello.ko howmany=3 whom=you arr=4,5 loud=1; dmesg -c > /dev/null
  $ cd /sys/module/hello
  $ cat parameters/howmany parameters/whom parameters/arr parameters/loud
  3
  you
  4,5
  Y
  $ echo 0x10 > parameters/howmany; cat parameters/howmany
  16
  $ echo 010 > parameters/howmany; cat parameters/howmany
  8
  $ echo -5 > parameters/howmany; cat parameters/howmany
  -5
  $ echo 99999999999 > parameters/howmany; echo $?; cat parameters/howmany
  sh: write error: Numerical result out of range
  1
  -5
  $ echo " 5" > parameters/howmany; cat parameters/howmany
  sh: write error: Invalid argument
  -5
  $ echo "5x" > parameters/howmany; cat parameters/howmany
  sh: write error: Invalid argument
  -5
  $ echo > parameters/howmany; cat parameters/howmany
  sh: write error: Invalid argument
  -5
  $ echo 1,2,3 > parameters/arr; cat parameters/arr
  1,2,3
  $ echo 1,2,3,4,5,6,7,8,9 > parameters/arr; cat parameters/arr
  sh: write error: Invalid argument
  1,2,3,4
  $ echo 1,x > parameters/arr; cat parameters/arr
  sh: write error: Invalid argument
  1
  $ echo , > parameters/arr; cat parameters/arr
  sh: write error: Invalid argument
  $ echo me > parameters/whom
  sh: can't create parameters/whom: Permission denied
  [1]
  $ for v in y Y n N 1 0 on off On OFF t true f false 2 yes; do echo $v > parameters/loud; echo "$v $? $(cat parameters/loud)"; done
  y 0 Y
  Y 0 Y
  n 0 N
  N 0 N
  1 0 Y
  0 0 N
  on 0 Y
  off 0 N
  On 0 Y
  OFF 0 N
  t 0 Y
  true 0 Y
  f 0 N
  false 0 N
  sh: write error: Invalid argument
  2 1 N
  yes 0 Y
  $ echo add > uevent
  $ echo nonsense > uevent
  sh: write error: Invalid argument
  [1]
  $ echo 1 > refcnt
  sh: can't create refcnt: Permission denied
  [1]
  $ rmdir holders; rm taint; mkdir new; touch new
  rmdir: 'holders': Operation not permitted
  rm: can't remove 'taint': Operation not permitted
  mkdir: can't create directory 'new': Operation not permitted
  touch: new: Permission denied
  [1]
  $ dmesg -c; cd; rmmod hello; dmesg -c
  arr: can only take 4 arguments
  synth uevent: /module/hello: unknown uevent action string
  hello: Goodbye, you
  $ insmod hello.ko -- howmany=2; rmmod hello; dmesg -c
  hello: parameters 'howmany=2 ' after `--' ignored
  hello: Hello, world
  hello: Goodbye, world
  $ insmod hello.ko hello.howmany=2; rmmod hello; dmesg -c
  hello: unknown parameter 'hello' ignored
  hello: Hello, world
  hello: Goodbye, world
