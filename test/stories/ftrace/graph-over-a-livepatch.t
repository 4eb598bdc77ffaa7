The graph tracer does not show the jump into a livepatch: the new function runs within the old one's call.

  $ cd /sys/kernel/tracing; insmod /root/livepatch-sample.ko; sleep 3
  $ echo 'cmdline_proc_show livepatch_cmdline_proc_show' > set_ftrace_filter; echo function_graph > current_tracer
  $ cut -d' ' -f1-3 enabled_functions
  cmdline_proc_show (2) 
  livepatch_cmdline_proc_show [livepatch_sample] (1)
  $ cat /proc/cmdline; sed 's/^ [0-9])[^|]*|/ N) TIME |/' trace
  this has been live patched
  # tracer: function_graph
  #
  # CPU  DURATION                  FUNCTION CALLS
  # |     |   |                     |   |   |   |
   N) TIME |  cmdline_proc_show() {
   N) TIME |    livepatch_cmdline_proc_show [livepatch_sample]();
   N) TIME |  }
  $ echo funcgraph-tail > trace_options; echo nofuncgraph-cpu > trace_options; echo nofuncgraph-duration > trace_options; cat trace
  # tracer: function_graph
  #
  #               FUNCTION CALLS
  #               |   |   |   |
  cmdline_proc_show() {
    livepatch_cmdline_proc_show [livepatch_sample]();
  } /* cmdline_proc_show */
  $ echo nop > current_tracer; echo function_graph > current_tracer; echo livepatch_cmdline_proc_show > set_graph_function; cat /proc/cmdline; tail -1 trace
  this has been live patched
  livepatch_cmdline_proc_show [livepatch_sample]();
