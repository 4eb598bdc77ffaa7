The stack tracer keeps the deepest stack that it has seen, with the part of each function.

  $ cd /sys/kernel/tracing; cat /proc/sys/kernel/stack_tracer_enabled stack_max_size stack_trace stack_trace_filter
  0
  0
          Depth    Size   Location    (0 entries)
          -----    ----   --------
  #
  #  Stack tracer disabled
  #
  # To enable the stack tracer, either add 'stacktrace' to the
  # kernel command line
  # or 'echo 1 > /proc/sys/kernel/stack_tracer_enabled'
  #
  #### all functions enabled ####

Its filter is that of an ops of its own; commands need a trace and are refused.

  $ echo cmdline_proc_show > stack_trace_filter; cat stack_trace_filter set_ftrace_filter
  cmdline_proc_show
  #### all functions enabled ####
  $ echo nosuch >> stack_trace_filter
  sh: write error: Invalid argument
  [1]
  $ echo cmdline_proc_show:traceoff >> stack_trace_filter
  sh: write error: Invalid argument
  [1]
  $ echo 1 > /proc/sys/kernel/stack_tracer_enabled; cut -d' ' -f1 enabled_functions
  cmdline_proc_show
  $ cat /proc/cmdline > /dev/null; sed 's/^ *[0-9]*) *[0-9]* *[0-9]* */) /; s/+0x.*//' stack_trace | tail -n +3
  ) cmdline_proc_show
  ) seq_read_iter
  ) proc_reg_read_iter
  ) generic_file_splice_read
  ) splice_direct_to_actor
  ) do_splice_direct
  ) do_sendfile
  ) __x64_sys_sendfile64
  ) do_syscall_64
  ) entry_SYSCALL_64_after_hwframe

Each depth is the next one and what stands between; the first is the greatest.

  $ sed -n 's/^ *[0-9]*) *\([0-9]*\) *\([0-9]*\) .*/\1 \2/p' stack_trace > /tmp/depths
  $ while read depth size; do [ -z "$last" ] || [ $((last - depth)) = $before ] || echo wrong; last=$depth; before=$size; done < /tmp/depths; [ $last = $before ]
  $ head -1 /tmp/depths | cut -d' ' -f1 | cmp - stack_max_size
  $ echo 0 > /proc/sys/kernel/stack_tracer_enabled; echo 0 > stack_max_size; cat stack_max_size enabled_functions; tail -n +3 stack_trace | head -2
  0
  #
  #  Stack tracer disabled
