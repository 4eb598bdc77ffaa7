# A task sleeps in a function of the kernel, sleeper_wait()
insmod sleeper.ko secs=60
cat /proc/sleeper &
@press F8
@type sleeper_wait
@press Enter
# A livepatch replaces it: the sleeper holds the transition up
insmod lp-sleeper.ko
@sleep 3
# New callers get the new version already
cat /proc/sleeper
@sleep 2
# Soon the kernel will wake the sleeper
@sleep 6
cat /sys/kernel/livepatch/lp_sleeper/transition
