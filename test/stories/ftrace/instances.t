Each directory in instances/ is a trace of its own.

  $ cd /sys/kernel/tracing; mkdir instances/foo; ls instances; cat instances/foo/available_tracers instances/foo/tracing_on
  foo
  function nop
  1
  $ echo inst > instances/foo/trace_marker; grep -c inst trace instances/foo/trace
  trace:0
  instances/foo/trace:1
  $ echo cmdline_proc_show > instances/foo/set_ftrace_filter; echo function > instances/foo/current_tracer; cat /proc/cmdline > /dev/null
  $ grep -c 'cmdline_proc_show <-seq_read_iter' trace instances/foo/trace; cat current_tracer set_ftrace_filter
  trace:0
  instances/foo/trace:1
  nop
  #### all functions enabled ####
  $ echo function_graph > instances/foo/current_tracer
  sh: write error: Invalid argument
  [1]
  $ mkdir instances/foo; mkdir instances/foo/bar; mkdir bar; rmdir instances
  mkdir: can't create directory 'instances/foo': File exists
  mkdir: can't create directory 'instances/foo/bar': Operation not permitted
  mkdir: can't create directory 'bar': Operation not permitted
  rmdir: 'instances': Operation not permitted
  [1]
  $ rmdir instances/foo; ls instances; cat enabled_functions
