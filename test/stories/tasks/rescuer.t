Where no further thread can be made, the last idle worker does not go to work. The works of a queue with a rescuer are run by that one, one after another; those
of another queue wait for the worker that is busy.

# kelp: --cpus 1 --append loglevel=0

  $ for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1000 & done; dmesg -c > /dev/null
  $ most=$(cat /proc/sys/kernel/threads-max)
Room for insmod alone, then for insmod and the rescuer.
  $ set -- /proc/[0-9]*; echo $(($# + 1)) > /proc/sys/kernel/threads-max; insmod many-works.ko; echo $most > /proc/sys/kernel/threads-max
  $ rmmod many_works; dmesg -c
  many_works: loading out-of-tree module taints kernel.
  many_works: module verification failed: signature and/or required key missing - tainting kernel
  many_works: work 0: kworker/u2:[01] (re)
  many_works: work 1: kworker/u2:[01] (re)
  many_works: work 2: kworker/u2:[01] (re)
  many_works: work 3: kworker/u2:[01] (re)
  $ set -- /proc/[0-9]*; echo $(($# + 2)) > /proc/sys/kernel/threads-max; insmod many-works.ko reclaim=1; echo $most > /proc/sys/kernel/threads-max
  $ rmmod many_works; dmesg -c
  many_works: work 0: kworker/u2:[01] (re)
  many_works: work 1: many
  many_works: work 2: many
  many_works: work 3: many
As many as are to run at a time, where there is room.
  $ sleep 2; insmod many-works.ko; rmmod many_works; dmesg -c | cut -d: -f3,4 | sort -u | wc -l
  4
