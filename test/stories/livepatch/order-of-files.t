Unsorted, sysfs lists a folder by a hash of the names; the order here is the one that Linux 6.1 shows.

# kelp: --append loglevel=1

  $ insmod hello.ko; insmod lp-callbacks.ko pre_patch_ret=0; cd /sys/kernel/livepatch; find lp_callbacks
  lp_callbacks
  lp_callbacks/hello
  lp_callbacks/hello/patched
  lp_callbacks/enabled
  lp_callbacks/vmlinux
  lp_callbacks/vmlinux/patched
  lp_callbacks/vmlinux/cmdline_proc_show,1
  lp_callbacks/transition
  lp_callbacks/force
