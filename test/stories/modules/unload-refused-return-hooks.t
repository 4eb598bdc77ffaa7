kelp's own: the return address into the module is seen also where it is not on the stack, but kept by a return probe or the graph tracer.

# kelp: --append loglevel=1

  $ T=/sys/kernel/tracing; echo 'r:p msleep' > $T/kprobe_events; echo 1 > $T/events/kprobes/p/enable
  $ insmod hook-sleep.ko secs=2; dmesg -c > /dev/null
  $ cat /proc/cmdline &
  $ sleep 1; rmmod hook_sleep
  rmmod: can't unload module 'hook_sleep': Device or resource busy
  [1]
  $ dmesg -c | grep refused
  hook_sleep: unload refused: cat\[[0-9]+\] is at hook_sleep_show\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
  $ wait
  this has been ftrace hooked, slowly
  [1]+  Done                       cat /proc/cmdline
  $ rmmod hook_sleep; cat /proc/modules

The graph tracer as well, in the same slot of the stack: the one that is asked first has the other's address.

  $ echo msleep > $T/set_ftrace_filter; echo function_graph > $T/current_tracer
  $ insmod hook-sleep.ko secs=2; dmesg -c > /dev/null
  $ cat /proc/cmdline &
  $ sleep 1; rmmod hook_sleep
  rmmod: can't unload module 'hook_sleep': Device or resource busy
  [1]
  $ dmesg -c | grep refused
  hook_sleep: unload refused: cat\[[0-9]+\] is at hook_sleep_show\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
  $ wait
  this has been ftrace hooked, slowly
  [1]+  Done                       cat /proc/cmdline
  $ rmmod hook_sleep; cat /proc/modules

The graph tracer alone, and both in the other order.

  $ echo 0 > $T/events/kprobes/p/enable; echo > $T/kprobe_events
  $ insmod hook-sleep.ko secs=2; dmesg -c > /dev/null
  $ cat /proc/cmdline &
  $ sleep 1; rmmod hook_sleep
  rmmod: can't unload module 'hook_sleep': Device or resource busy
  [1]
  $ dmesg -c | grep refused
  hook_sleep: unload refused: cat\[[0-9]+\] is at hook_sleep_show\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
  $ wait
  this has been ftrace hooked, slowly
  [1]+  Done                       cat /proc/cmdline
  $ rmmod hook_sleep; cat /proc/modules

  $ echo 'r:p msleep' > $T/kprobe_events; echo 1 > $T/events/kprobes/p/enable
  $ insmod hook-sleep.ko secs=2; dmesg -c > /dev/null
  $ cat /proc/cmdline &
  $ sleep 1; rmmod hook_sleep
  rmmod: can't unload module 'hook_sleep': Device or resource busy
  [1]
  $ dmesg -c | grep refused
  hook_sleep: unload refused: cat\[[0-9]+\] is at hook_sleep_show\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
  $ wait
  this has been ftrace hooked, slowly
  [1]+  Done                       cat /proc/cmdline
  $ rmmod hook_sleep; cat /proc/modules
