A module for which an enabled patch has no place is refused (recording "notloaded"). busybox's insmod tries twice.

# kelp: --append loglevel=1

  $ insmod lp-hello-badfn.ko; sleep 3; dmesg -c > /dev/null
  $ insmod hello.ko
  insmod: can't insert 'hello.ko': Invalid argument
  [22]
  $ dmesg -c
  livepatch: symbol 'hello_missing_function' not found in symbol table
  livepatch: failed to initialize patch 'lp_hello_badfn' for module 'hello' (-22)
  livepatch: patch 'lp_hello_badfn' failed for module 'hello', refusing to load module 'hello'
  livepatch: symbol 'hello_missing_function' not found in symbol table
  livepatch: failed to initialize patch 'lp_hello_badfn' for module 'hello' (-22)
  livepatch: patch 'lp_hello_badfn' failed for module 'hello', refusing to load module 'hello'
  $ ls -d /sys/module/hello /proc/hello
  ls: /sys/module/hello: No such file or directory
  ls: /proc/hello: No such file or directory
  [1]
  $ echo 0 > /sys/kernel/livepatch/lp_hello_badfn/enabled; sleep 3; rmmod lp_hello_badfn

Without the patch it loads; then the patch is what is refused.

  $ insmod hello.ko; cat /proc/hello
  hello: original, whom=world
  $ insmod lp-hello-badfn.ko
  insmod: can't insert 'lp-hello-badfn.ko': Invalid argument
  [22]
