A patch for a module that is not there yet, then comes and goes (recording "notloaded", rules 12 and 13).

# kelp: --append loglevel=1

  $ insmod lp-hello.ko; sleep 3; cat /sys/kernel/livepatch/lp_hello/hello/patched
  0
  $ ls /sys/kernel/livepatch/lp_hello
  enabled     force       hello       transition
  $ dmesg -c > /dev/null
  $ insmod hello.ko; dmesg -c
  livepatch: applying patch 'lp_hello' to loading module 'hello'
  lp_hello: pre_patch_callback: hello (COMING)
  lp_hello: post_patch_callback: hello (COMING)
  hello: Hello, world
  $ cat /proc/hello
  hello: this has been live patched
  $ cat /sys/kernel/livepatch/lp_hello/hello/patched
  1

The patch holds no reference to its target.

  $ cat /sys/module/hello/refcnt; ls /sys/module/hello/holders
  0
  $ rmmod hello; dmesg -c
  hello: Goodbye, world
  lp_hello: pre_unpatch_callback: hello (GOING)
  livepatch: reverting patch 'lp_hello' on unloading module 'hello'
  lp_hello: post_unpatch_callback: hello (GOING)
  $ cat /sys/kernel/livepatch/lp_hello/hello/patched
  0
  $ insmod hello.ko whom=again; cat /proc/hello; dmesg -c > /dev/null
  hello: this has been live patched
  $ echo 0 > /sys/kernel/livepatch/lp_hello/enabled; sleep 3; dmesg -c
  lp_hello: pre_unpatch_callback: hello (LIVE)
  livepatch: 'lp_hello': starting unpatching transition
  lp_hello: post_unpatch_callback: hello (LIVE)
  livepatch: 'lp_hello': unpatching complete
  $ cat /proc/hello
  hello: original, whom=again
  $ rmmod lp_hello; rmmod hello
