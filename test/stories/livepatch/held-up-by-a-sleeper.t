A task that sleeps in the old function holds the transition up until the kernel's fake signal wakes it (recording "stall", rule 10).

# kelp: --append loglevel=1

  $ insmod sleeper.ko secs=60
  $ cat /proc/sleeper &
  $ sleep 1; insmod lp-sleeper.ko; sleep 3
  $ cat /sys/kernel/livepatch/lp_sleeper/transition /sys/kernel/livepatch/lp_sleeper/enabled
  1
  1
  $ cat /proc/$!/patch_state; cat /proc/self/patch_state
  0
  1
  $ for p in /proc/[0-9]*; do s=$(cat $p/patch_state 2>/dev/null); [ "$s" = 0 ] && echo "$s $(cat $p/comm)"; done; true
  0 cat

Meanwhile no other patch can be loaded, and this one not be unloaded.

  $ dmesg -c > /dev/null
  $ insmod lp-one.ko
  insmod: can't insert 'lp-one.ko': Device or resource busy
  [16]
  $ rmmod lp_sleeper
  rmmod: can't unload module 'lp_sleeper': Resource temporarily unavailable
  [1]
  $ dmesg -c

After 15 seconds the sleeper is woken; its read goes on as if nothing had been.

  $ sleep 16; dmesg -c
  sleeper: this has been live patched
  livepatch: signaling remaining tasks
  livepatch: 'lp_sleeper': patching complete
  [1]+  Done                       cat /proc/sleeper
  $ cat /sys/kernel/livepatch/lp_sleeper/transition; cat /proc/self/patch_state
  0
  -1
  $ cat /proc/sleeper
  sleeper: this has been live patched
