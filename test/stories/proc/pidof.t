pidof finds processes by their names, by argv[0] and by their programs' files. A name of 15 characters may be cut off: a script is known by the program's first
argument then, and a kernel thread is not found.

# kelp: --cpus 1 --append loglevel=0

  $ pidof kthreadd; pidof init
  2
  1
  $ sleep 100 & sleep 200 & a=$!; [ "$(pidof sleep)" = "$a $((a - 1))" ] && kill $a $((a - 1)); wait
  [2]+  Terminated                 sleep 200
  [1]+  Terminated                 sleep 100
  $ pidof sleep
  [1]
  $ printf '#!/bin/sh\nwhile sleep 1; do :; done\n' > a_script_with_a_long_name.sh; chmod +x a_script_with_a_long_name.sh; ./a_script_with_a_long_name.sh & pid=$!
  $ sleep 0.1; cat /proc/$pid/comm; pidof a_script_with_a
  a_script_with_a
  [1]
  $ [ "$(pidof a_script_with_a_long_name.sh)" = $pid ]; echo $?
  0
  $ pidof busybox | grep -w -c $pid
  1
  $ killall a_script_with_a
  killall: a_script_with_a: no process killed
  [1]
  $ killall a_script_with_a_long_name.sh; wait
  [1]+  Terminated                 ./a_script_with_a_long_name.sh
  $ pidof pidof | grep -c .
  1
  $ for n in $(ps -o comm | grep '^kworker/.:0H$'); do pidof $n > /dev/null && echo $n; done
  kworker/0:0H
  $ insmod many-works.ko count=0; pidof rcu_tasks_kthread; pidof rcu_tasks_kthre
  [1]
