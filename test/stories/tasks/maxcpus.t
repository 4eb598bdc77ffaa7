maxcpus=2 brings up two of four CPUs; a livepatch's transition does not wait for the others.

# kelp: --cpus 4 --append maxcpus=2

  $ nproc; cat /sys/devices/system/cpu/online /sys/devices/system/cpu/possible
  2
  0-1
  0-3
  $ insmod livepatch-sample.ko; sleep 2; cat /sys/kernel/livepatch/livepatch_sample/transition
  0
