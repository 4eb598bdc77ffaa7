A thread is mostly preempted within a traced, then within a probed function. Without a grace period of RCU-tasks it would go on in a trampoline
that has been freed, or in the middle of a jump that was written over the instructions before it.

# kelp: --cpus 1 --append loglevel=1

  $ insmod preempted.ko what=trace rounds=20; rmmod preempted
  $ insmod preempted.ko what=probe rounds=40; rmmod preempted
  $ dmesg | grep rounds; cat /proc/sys/kernel/tainted
  preempted: 20 rounds of trace: 0, seen
  preempted: 40 rounds of probe: 0, seen
  12288
