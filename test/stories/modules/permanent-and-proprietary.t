A module without an exit function stays; a proprietary one taints (rules 16 and 37).

# kelp: --append loglevel=1

  $ insmod noexit.ko; lsmod | tail -1
  noexit *0 [permanent] (glob)
  $ cut -d' ' -f1,3,4,7 /proc/modules
  noexit 0 [permanent], (OE)
  $ rmmod noexit
  rmmod: can't unload module 'noexit': Device or resource busy
  [1]
  $ rmmod -f noexit
  $ dmesg -c > /dev/null; insmod proprietary.ko; dmesg -c
  proprietary: module license 'Proprietary' taints kernel.
  proprietary: loaded
  $ lsmod | head -1
  Module                  Size  Used by    Tainted: P  
  $ cut -d' ' -f1,7 /proc/modules
  proprietary (POE)
