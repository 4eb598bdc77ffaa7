Filters of the function tracer: words, globs, negation, and what a wrong word does (rule 22; Documentation/trace/ftrace.rst).

  $ cd /sys/kernel/tracing
  $ cat set_ftrace_filter set_ftrace_notrace
  #### all functions enabled ####
  #### no functions disabled ####
  $ grep -x cmdline_proc_show available_filter_functions
  cmdline_proc_show
  $ echo cmdline_proc_show version_proc_show > set_ftrace_filter; sort set_ftrace_filter
  cmdline_proc_show
  version_proc_show
  $ echo '!version_proc_show' >> set_ftrace_filter; cat set_ftrace_filter
  cmdline_proc_show
  $ echo 'cmdline_*_show' > set_ftrace_filter; cat set_ftrace_filter
  cmdline_proc_show
  $ echo no_such_function >> set_ftrace_filter
  sh: write error: Invalid argument
  [1]
  $ cat set_ftrace_filter
  cmdline_proc_show

Opening for writing has emptied the filter before the wrong word is seen.

  $ echo no_such_function > set_ftrace_filter
  sh: write error: Invalid argument
  [1]
  $ cat set_ftrace_filter
  #### all functions enabled ####
  $ echo cmdline_proc_show > set_ftrace_notrace; cat set_ftrace_notrace
  cmdline_proc_show
  $ echo > set_ftrace_notrace; cat set_ftrace_notrace
  #### no functions disabled ####
