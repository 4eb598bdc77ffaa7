Patches that lack a part (recording "insmod-errors").

# kelp: --append loglevel=1

  $ insmod lp-noinfo.ko
  insmod: can't insert 'lp-noinfo.ko': Invalid argument
  [22]
  $ insmod lp-noobjs.ko
  insmod: can't insert 'lp-noobjs.ko': Invalid argument
  [22]
  $ insmod lp-nonew.ko
  insmod: can't insert 'lp-nonew.ko': Invalid argument
  [22]
  $ dmesg | grep -c 'livepatch: module lp_noinfo is not marked as a livepatch module'
  2
  $ lsmod
  Module                  Size  Used by    Tainted: G  

An empty list of functions is no mistake.

  $ insmod lp-nofuncs.ko; sleep 3; ls /sys/kernel/livepatch/lp_nofuncs/vmlinux
  patched
  $ cat /sys/kernel/livepatch/lp_nofuncs/enabled
  1
  $ cat /proc/sys/kernel/tainted
  45056
