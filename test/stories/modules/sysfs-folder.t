/sys/module/NAME of a livepatch (recording "sample").

# kelp: --append loglevel=1

  $ insmod livepatch-sample.ko; cd /sys/module/livepatch_sample
  $ stat -c '%A %n' *
  -r--r--r-- coresize
  drwxr-xr-x holders
  -r--r--r-- initsize
  -r--r--r-- initstate
  drwxr-xr-x notes
  -r--r--r-- refcnt
  drwxr-xr-x sections
  -r--r--r-- taint
  --w------- uevent
  $ cat refcnt initstate taint initsize
  1
  live
  OEK
  0
  $ ls -A sections | grep -x '\.text'
  .text
  $ stat -c %A sections/.text
  -r--------
  $ cat sections/.text
  0xffffffffc[0-9a-f]{7} (re)
  $ rmmod hello.ko
  rmmod: can't unload module 'hello': No such file or directory
  [1]
