modprobe loads what a module needs and unloads what nothing needs any more (recording "modprobe").

# kelp: --append loglevel=1

  $ depmod; dmesg -c > /dev/null
  $ modprobe hello_user; cut -d' ' -f1,3,4 /proc/modules
  hello_user 0 -
  hello 1 hello_user,
  $ modprobe hello_user
  $ modprobe -r hello
  modprobe: can't unload module 'hello': Resource temporarily unavailable
  [1]
  $ modprobe -r hello_user; cat /proc/modules
  $ dmesg -c | grep -v taint
  hello: Hello, world
  hello: hello_greet called by hello_user
  hello_user: got 1
  hello_user: bye
  hello: Goodbye, world
  $ modprobe hello whom=modprobe; cat /proc/hello
  hello: original, whom=modprobe
  $ modprobe -r hello
  $ modprobe nosuchmodule
  modprobe: module nosuchmodule not found in modules.dep
  [1]
  $ modprobe -q nosuchmodule
  [1]
  $ modprobe -l
  extra/hello.ko
  extra/hello_user.ko
  extra/livepatch-sample.ko
  $ modprobe livepatch-sample; sleep 3; cat /proc/cmdline
  this has been live patched
  $ modprobe -r livepatch-sample
  modprobe: can't unload module 'livepatch-sample': Resource temporarily unavailable
  [1]
