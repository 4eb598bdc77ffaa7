A module that needs another's symbol (recording "insmod-errors").

# kelp: --append loglevel=1

  $ dmesg -c > /dev/null; insmod hello_user.ko
  insmod: can't insert 'hello_user.ko': unknown symbol in module, or unknown parameter
  [2]
  $ insmod unksym.ko
  insmod: can't insert 'unksym.ko': unknown symbol in module, or unknown parameter
  [2]
  $ dmesg -c | grep Unknown
  hello_user: Unknown symbol hello_greet (err -2)
  hello_user: Unknown symbol hello_greet (err -2)
  unksym: Unknown symbol no_such_exported_symbol (err -2)
  unksym: Unknown symbol another_missing_symbol (err -2)
  unksym: Unknown symbol no_such_exported_symbol (err -2)
  unksym: Unknown symbol another_missing_symbol (err -2)
  $ insmod hello.ko; insmod hello_user.ko; dmesg -c
  hello: Hello, world
  hello: hello_greet called by hello_user
  hello_user: got 1
  $ cut -d' ' -f1,3-5 /proc/modules
  hello_user 0 - Live
  hello 1 hello_user, Live
  $ ls /sys/module/hello/holders; readlink /sys/module/hello/holders/hello_user
  hello_user
  ../../hello_user
  $ rmmod hello
  rmmod: can't unload module 'hello': Resource temporarily unavailable
  [1]
  $ rmmod hello_user hello
  $ rmmod hello
  rmmod: can't unload module 'hello': No such file or directory
  [1]
  $ dmesg -c
  hello_user: bye
  hello: Goodbye, world
