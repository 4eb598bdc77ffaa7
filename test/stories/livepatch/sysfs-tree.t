What /sys/kernel/livepatch holds, who may read and write it.
Expected: the recording "sample", rule 8 of the reference, and drivers' attribute modes in Linux 6.1.

# kelp: --append loglevel=1

  $ ls -A /sys/kernel/livepatch
  $ insmod livepatch-sample.ko; sleep 3
  $ cd /sys/kernel/livepatch
  $ ls -R
  .:
  livepatch_sample
  
  ./livepatch_sample:
  enabled     force       transition  vmlinux
  
  ./livepatch_sample/vmlinux:
  cmdline_proc_show,1  patched
  
  ./livepatch_sample/vmlinux/cmdline_proc_show,1:
  $ stat -c '%A %s %n' livepatch_sample/* livepatch_sample/vmlinux/*
  -rw-r--r-- 4096 livepatch_sample/enabled
  --w------- 4096 livepatch_sample/force
  -r--r--r-- 4096 livepatch_sample/transition
  drwxr-xr-x 0 livepatch_sample/vmlinux
  drwxr-xr-x 0 livepatch_sample/vmlinux/cmdline_proc_show,1
  -r--r--r-- 4096 livepatch_sample/vmlinux/patched
  $ cat livepatch_sample/vmlinux/patched
  1
  $ cat livepatch_sample/force
  cat: can't open 'livepatch_sample/force': Permission denied
  [1]
  $ echo 1 > livepatch_sample/transition
  sh: can't create livepatch_sample/transition: Permission denied
  [1]
  $ echo 1 > livepatch_sample/new
  sh: can't create livepatch_sample/new: Permission denied
  [1]
  $ mkdir livepatch_sample/new
  mkdir: can't create directory 'livepatch_sample/new': Operation not permitted
  [1]
  $ rm livepatch_sample/enabled
  rm: can't remove 'livepatch_sample/enabled': Operation not permitted
  [1]
  $ rmdir livepatch_sample
  rmdir: 'livepatch_sample': Operation not permitted
  [1]
  $ mv livepatch_sample other
  mv: can't rename 'livepatch_sample': Operation not permitted
  [1]
  $ ls
  livepatch_sample
