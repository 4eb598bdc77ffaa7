kelp's own: rmmod does not unmap a module that somebody will return into; it says who, and may be tried again.

# kelp: --append loglevel=1

  $ insmod hook-sleep.ko; dmesg -c > /dev/null
  $ cat /proc/cmdline &
  $ sleep 1; rmmod hook_sleep
  rmmod: can't unload module 'hook_sleep': Device or resource busy
  [1]
  $ dmesg -c | grep refused
  hook_sleep: unload refused: cat\[[0-9]+\] is at \w+\+0x[0-9a-f]+/0x[0-9a-f]+ (re)
  $ cut -d' ' -f1,3,5,7 /proc/modules
  hook_sleep -1 Unloading (OE-)
  $ wait
  this has been ftrace hooked, slowly
  [1]+  Done                       cat /proc/cmdline
  $ rmmod hook_sleep; cat /proc/modules
