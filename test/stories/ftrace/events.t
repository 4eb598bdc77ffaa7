Events of the image: switches, filters, triggers, formats.

  $ cd /sys/kernel/tracing; cat events/module/enable; echo module:module_load > set_event; cat set_event events/module/enable
  0
  module:module_load
  X
  $ insmod /root/hello.ko; rmmod hello; grep -v '^#' trace | sed 's/-[0-9].*[0-9]: /: /'
            insmod: module_load: hello OE
  $ echo > set_event; cat events/module/module_load/enable; tail -6 events/module/module_load/format
  0
  \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1; (esc)
  
  \tfield:unsigned int taints;\toffset:8;\tsize:4;\tsigned:0; (esc)
  \tfield:__data_loc char[] name;\toffset:12;\tsize:4;\tsigned:1; (esc)
  
  print fmt: "%s %s", __get_str(name), __print_flags(REC->taints, "", { (1UL << 0), "P" }, { (1UL << 12), "O" }, { (1UL << 1), "F" }, { (1UL << 10), "C" }, { (1UL << 13), "E" })
  $ echo 'name == "nosuch"' > events/module/module_load/filter; cat events/module/module_load/filter
  name == "nosuch"
  $ echo > trace; echo 1 > events/module/module_load/enable; insmod /root/hello.ko; rmmod hello; grep -c module_load trace
  0
  [1]
  $ echo 'bad == 1' > events/module/module_load/filter; cat events/module/module_load/filter; echo 0 > events/module/module_load/filter
  sh: write error: Invalid argument
  bad == 1
      ^
  parse_error: Field not found
  
  $ echo traceoff:1 > events/module/module_load/trigger; insmod /root/hello.ko; cat tracing_on events/module/module_load/trigger; rmmod hello
  0
  traceoff:count=0
  $ echo '!traceoff' > events/module/module_load/trigger; cat events/module/module_load/trigger; echo 1 > tracing_on
  # Available triggers:
  # traceon traceoff snapshot stacktrace enable_event disable_event
  $ echo nosuch > set_event; echo 2 > events/module/enable; echo 0 > events/module/enable
  sh: write error: Invalid argument
  sh: write error: Invalid argument
  $ echo 'sig == 10' > events/signal/signal_generate/filter; echo 1 > events/signal/enable; sh -c 'kill -USR1 $$'; grep -o 'signal_generate: sig=10 .* comm=sh' trace
  User defined signal 1
  signal_generate: sig=10 errno=0 code=0 comm=sh
  $ echo 0 > events/signal/enable; echo 1 > events/raw_syscalls/enable; cat /proc/version > /dev/null; echo 0 > events/raw_syscalls/enable; grep -c 'cat-.*sys_enter: NR 231 (0, ' trace
  1

A task that ends leaves its CPU as a zombie; one that sleeps, sleeping.

  $ echo > trace; echo 1 > events/sched/sched_switch/enable; sleep 0.1; echo 0 > events/sched/sched_switch/enable; grep -o 'prev_comm=sleep .*prev_state=[SZ]' trace | cut -d' ' -f1,4
  prev_comm=sleep prev_state=S
  prev_comm=sleep prev_state=Z
