The steps of a transition are debug messages of module "livepatch", told where dynamic debug asks for them.

# kelp: --append loglevel=1 --cpus 1

  $ echo 'module livepatch +p' > /sys/kernel/debug/dynamic_debug/control
  $ dmesg -c > /dev/null; insmod lp-callbacks.ko; dmesg -c | grep livepatch:
  insmod: can't insert 'lp-callbacks.ko': No such device
  livepatch: enabling patch 'lp_callbacks'
  livepatch: 'lp_callbacks': initializing patching transition
  livepatch: pre-patch callback failed for object 'vmlinux'
  livepatch: failed to enable patch 'lp_callbacks'
  livepatch: 'lp_callbacks': canceling patching transition, going to unpatch
  livepatch: 'lp_callbacks': completing unpatching transition
  livepatch: 'lp_callbacks': unpatching complete
  livepatch: enabling patch 'lp_callbacks'
  livepatch: 'lp_callbacks': initializing patching transition
  livepatch: pre-patch callback failed for object 'vmlinux'
  livepatch: failed to enable patch 'lp_callbacks'
  livepatch: 'lp_callbacks': canceling patching transition, going to unpatch
  livepatch: 'lp_callbacks': completing unpatching transition
  livepatch: 'lp_callbacks': unpatching complete

Who holds a transition up, and the way back.

  $ insmod sleeper.ko secs=60 thread=1; sleep 1; insmod lp-sleeper.ko; dmesg -c | grep 'is sleeping' | sed 's/:[0-9]* is/:PID is/'
  livepatch: klp_try_switch_task: sleeper_kthread:PID is sleeping on function sleeper_kwait
  $ echo 0 > /sys/kernel/livepatch/lp_sleeper/enabled; sleep 2; dmesg -c | grep -v 'is sleeping'
  livepatch: 'lp_sleeper': reversing transition from patching to unpatching
  livepatch: 'lp_sleeper': starting unpatching transition
  livepatch: 'lp_sleeper': completing unpatching transition
  livepatch: 'lp_sleeper': unpatching complete

A thread that has ended holds nothing up, and leaves nothing behind.

  $ rmmod lp_sleeper; insmod lp-sleeper.ko; rmmod sleeper; sleep 2; dmesg -c | grep -v 'is sleeping'
  livepatch: enabling patch 'lp_sleeper'
  livepatch: 'lp_sleeper': initializing patching transition
  livepatch: 'lp_sleeper': starting patching transition
  livepatch: reverting patch 'lp_sleeper' on unloading module 'sleeper'
  livepatch: 'lp_sleeper': completing patching transition
  livepatch: 'lp_sleeper': patching complete
  $ cat /sys/kernel/livepatch/lp_sleeper/transition; ps | grep -c sleeper_kthrea[d]
  0
  0
  [1]
