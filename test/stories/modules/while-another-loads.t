What a module sees of another one whose init or exit takes long (parameters in milliseconds): who needs its symbol waits until it is
live, or gone; a second of its name is refused.

# kelp: --append loglevel=1

  $ insmod slow.ko init_ms=1500 & sleep 0.5; cut -d' ' -f1,3-5 /proc/modules; insmod slow_user.ko; cut -d' ' -f1,3-5 /proc/modules
  slow 1 - Loading
  slow_user 0 - Live
  slow 1 slow_user, Live
  [1]+  Done                       insmod slow.ko init_ms=1500
  $ wait; rmmod slow_user slow; dmesg -c | grep slow_user
  slow_user: 42

Init fails: the symbol is gone, before any of its code could be called.

  $ insmod slow.ko init_ms=1500 ret=-5 & sleep 0.5; insmod slow_user.ko
  insmod: can't insert 'slow.ko': Input/output error
  insmod: can't insert 'slow_user.ko': unknown symbol in module, or unknown parameter
  [1]+  Done(5)                    insmod slow.ko init_ms=1500 ret=-5
  [2]
  $ wait; cat /proc/modules

A second insmod waits for the first to end, and finds it there.

  $ insmod slow.ko init_ms=1500 & sleep 0.5; insmod slow.ko
  insmod: can't insert 'slow.ko': File exists
  [1]+  Done                       insmod slow.ko init_ms=1500
  [17]
  $ wait; rmmod slow

While exit runs the symbol is no longer given, and the name is still taken.

  $ insmod slow.ko exit_ms=1500; rmmod slow & sleep 0.5; insmod slow.ko; echo $?; insmod slow_user.ko
  insmod: can't insert 'slow.ko': Device or resource busy
  16
  insmod: can't insert 'slow_user.ko': unknown symbol in module, or unknown parameter
  [2]
  $ wait; cat /proc/modules
  [1]+  Done                       rmmod slow

After 30 seconds nobody waits any longer; insmod's second attempt, by init_module(2), begins again.

  $ insmod slow.ko init_ms=33000 & sleep 0.5; dmesg -c >/dev/null; insmod slow_user.ko; wait; dmesg
  slow_user: gave up waiting for init of module slow.
  slow_user: Unknown symbol slow_answer (err -16)
  slow_user: 42
  [1]+  Done                       insmod slow.ko init_ms=33000
