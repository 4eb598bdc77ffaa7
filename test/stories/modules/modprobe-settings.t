/etc/modprobe.conf and /etc/modprobe.d/*.conf give modules options and other names; a path is no module's name (recorded from busybox 1.35).

  $ depmod
  $ echo 'options hello whom=conf' > /etc/modprobe.conf; modprobe hello howmany=2; cat /proc/hello
  hello: original, whom=conf
  $ cat /sys/module/hello/parameters/howmany
  2
  $ modprobe -r hello; modprobe -r hello
  $ mkdir -p /etc/modprobe.d; echo 'alias foo hello-user' > /etc/modprobe.d/foo.conf; echo 'alias bar hello' > /etc/modprobe.d/bar
  $ modprobe foo; cut -d' ' -f1 /proc/modules
  hello_user
  hello
  $ cat /proc/hello
  hello: original, whom=conf

What a module needed goes with it; a module that is not loaded needs no unloading.

  $ modprobe -r hello_user hello; cat /proc/modules
  $ modprobe bar
  modprobe: module bar not found in modules.dep
  [1]
  $ modprobe extra/hello
  modprobe: module extra/hello not found in modules.dep
  [1]
  $ modinfo empty.ko
  modinfo: short read
  [1]
  $ modinfo /root
  modinfo: short read
  [1]
