The function tracer sees the call of a patched function, and what is called instead (Documentation/trace/ftrace.rst).

# kelp: --append loglevel=1

  $ cd /sys/kernel/tracing; cat current_tracer tracing_on
  nop
  1
  $ echo nosuch > current_tracer
  sh: write error: Invalid argument
  [1]
  $ echo cmdline_proc_show > set_ftrace_filter; echo function > current_tracer
  $ cat /proc/cmdline > /dev/null; echo nop > current_tracer; cat current_tracer
  nop
  $ insmod /root/livepatch-sample.ko; sleep 3
  $ echo '*cmdline_proc_show' > set_ftrace_filter; sort set_ftrace_filter
  cmdline_proc_show
  livepatch_cmdline_proc_show [livepatch_sample]
  $ echo function > current_tracer; cat /proc/cmdline; echo 0 > tracing_on
  this has been live patched
  $ grep -c cmdline_proc_show trace
  2
  $ grep -v '^#' trace | sed 's/.*: //'
  cmdline_proc_show <-seq_read_iter
  livepatch_cmdline_proc_show <-seq_read_iter
  $ head -1 trace
  # tracer: function
  $ echo > trace; grep -v '^#' trace
  [1]
