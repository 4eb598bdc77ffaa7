Callbacks of a patch, in the order of the kernel's own test of them (tools/testing/selftests/livepatch, FACTS 1.10).

# kelp: --append loglevel=1

  $ insmod hello.ko; insmod lp-hello.ko; sleep 3; dmesg -c | tail -5
  livepatch: enabling patch 'lp_hello'
  lp_hello: pre_patch_callback: hello (LIVE)
  livepatch: 'lp_hello': starting patching transition
  lp_hello: post_patch_callback: hello (LIVE)
  livepatch: 'lp_hello': patching complete
  $ cat /proc/hello
  hello: this has been live patched
  $ rmmod hello; dmesg -c
  hello: Goodbye, world
  lp_hello: pre_unpatch_callback: hello (GOING)
  livepatch: reverting patch 'lp_hello' on unloading module 'hello'
  lp_hello: post_unpatch_callback: hello (GOING)

Without the module there is nothing to call them for.

  $ echo 0 > /sys/kernel/livepatch/lp_hello/enabled; sleep 3; dmesg -c
  livepatch: 'lp_hello': starting unpatching transition
  livepatch: 'lp_hello': unpatching complete
