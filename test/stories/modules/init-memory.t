The memory that only a module's init needs goes after a grace period, which a worker waits for: a CPU that spins with preemption off holds it up, and not insmod.

# kelp: --cpus 2 --append loglevel=0

  $ seconds() { cut -d. -f1 /proc/uptime; }
  $ areas() { grep -c move_module /proc/vmallocinfo; }
  $ insmod contexts.ko run=spin in=thread seconds=4; dmesg -c > /dev/null
  $ before=$(seconds); insmod hello.ko; echo $(($(seconds) - before)); areas
  0
  4
  $ sed 's/ 0x.*//' /proc/modules
  hello 16384 0 - Live
  contexts 16384 0 - Live
  $ sleep 5; areas; sed 's/ 0x.*//' /proc/modules
  2
  hello 16384 0 - Live
  contexts 16384 0 - Live
  $ rmmod hello contexts; sleep 1; areas
  0
  [1]
