Forcing a transition that a sleeper in the new function holds up. A forced unpatching pins the module for good (rule 9;
recording "force-simple").

# kelp: --append loglevel=1

  $ insmod lp-slow.ko secs=40; sleep 3; dmesg -c > /dev/null
  $ cd /sys/kernel/livepatch/lp_slow
  $ echo 1 > force
  sh: write error: Invalid argument
  [1]
  $ echo 0 > force
  $ echo maybe > force
  sh: write error: Invalid argument
  [1]
  $ cat /proc/cmdline &
  $ sleep 0.2; echo 0 > enabled; sleep 3; cat enabled transition
  0
  1
  $ cat /proc/$!/patch_state
  1

The opposite word turns it round, and again.

  $ echo y > enabled; sleep 3; cat enabled transition
  1
  0
  $ echo n > enabled; sleep 3; cat enabled transition
  0
  1
  $ echo 1 > force; cat /proc/$!/patch_state
  0
  $ sleep 3; dmesg -c
  livepatch: 'lp_slow': starting unpatching transition
  livepatch: 'lp_slow': starting patching transition
  livepatch: 'lp_slow': patching complete
  livepatch: 'lp_slow': starting unpatching transition
  livepatch: forcing remaining tasks to the patched state
  livepatch: 'lp_slow': unpatching complete
  $ cd; ls -A /sys/kernel/livepatch

The sleeper wakes up in code that is still there.

  $ cat /sys/module/lp_slow/refcnt
  1
  $ rmmod lp_slow
  rmmod: can't unload module 'lp_slow': Resource temporarily unavailable
  [1]
  $ wait; cat /proc/cmdline
  this has been live patched, slowly
  console=ttyS0 loglevel=4 printk.time=0 loglevel=1
  [1]+  Done                       cat /proc/cmdline
  $ rmmod -f lp_slow
  $ dmesg -c
  Disabling lock debugging due to kernel taint
  $ lsmod
  Module                  Size  Used by    Tainted: G  
