A kernel thread that sleeps in the old function gets no signal: only force ends the transition (recording "stall").

# kelp: --append loglevel=1

  $ insmod sleeper.ko thread=1 secs=1000
  $ K=$(ps | grep '[s]leeper_kthread' | sed 's/^ *//' | cut -d' ' -f1); cat /proc/$K/comm
  sleeper_kthread
  $ insmod lp-sleeper.ko; sleep 4; cat /sys/kernel/livepatch/lp_sleeper/transition /proc/$K/patch_state
  1
  0
  $ dmesg -c > /dev/null; sleep 15; cat /sys/kernel/livepatch/lp_sleeper/transition; dmesg -c
  1
  livepatch: signaling remaining tasks
  $ echo 0 > /sys/kernel/livepatch/lp_sleeper/force
  $ echo 1 > /sys/kernel/livepatch/lp_sleeper/force; sleep 2
  $ cat /sys/kernel/livepatch/lp_sleeper/transition /proc/$K/patch_state; dmesg -c
  0
  -1
  livepatch: forcing remaining tasks to the patched state
  livepatch: 'lp_sleeper': patching complete

Forced patching, unlike forced unpatching, does not pin the module.

  $ echo 0 > /sys/kernel/livepatch/lp_sleeper/enabled; sleep 4; cat /sys/module/lp_sleeper/refcnt
  0
  $ rmmod lp_sleeper; cut -d' ' -f1 /proc/modules
  sleeper
