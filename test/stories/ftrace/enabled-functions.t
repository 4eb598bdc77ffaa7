tracefs tells who is attached to a function, and by which trampoline (recording "hook", rule 19).

# kelp: --append loglevel=1

  $ cd /sys/kernel/tracing; cat enabled_functions
  $ insmod /root/ftrace-hook.ko; cat enabled_functions
  cmdline_proc_show \(1\) R I  \ttramp: 0x[0-9a-f]{16} \(thunk\+0x0/0x[0-9a-f]+ \[ftrace_hook\]\) ->ftrace_ops_assist_func\+0x0/0x[0-9a-f]+ (re)
  $ insmod /root/ftrace-observe.ko; cat enabled_functions
  cmdline_proc_show \(2\) R I   ->arch_ftrace_ops_list_func\+0x0/0x[0-9a-f]+ (re)
  $ rmmod ftrace_observe; rmmod ftrace_hook; cat enabled_functions
  $ insmod /root/livepatch-sample.ko; sleep 3; cat enabled_functions
  cmdline_proc_show \(1\)   I  \ttramp: 0x[0-9a-f]{16} \(klp_ftrace_handler\+0x0/0x[0-9a-f]+\) ->klp_ftrace_handler\+0x0/0x[0-9a-f]+ (re)

Two stacked livepatches share one user.

  $ insmod /root/lp-two.ko; sleep 3; cut -d' ' -f1-2 enabled_functions
  cmdline_proc_show (1)
  $ cat touched_functions
  cat: can't open 'touched_functions': No such file or directory
  [1]
