set_ftrace_pid chooses tasks; the shell reads /proc/cmdline itself, cat in a child. The callback that asks for the pid stands before the tracer.

  $ cd /sys/kernel/tracing; echo cmdline_proc_show > set_ftrace_filter; echo function > current_tracer; cat set_ftrace_pid
  no pid
  $ echo $$ > set_ftrace_pid; sed 's/+0x[0-9a-f/x]*//g; s/0x[0-9a-f]* //' enabled_functions
  cmdline_proc_show (1)      \ttramp: (ftrace_pid_func) ->ftrace_pid_func (esc)
  $ cat /proc/cmdline > /dev/null; grep -c cmdline_proc_show trace
  0
  [1]
  $ read x < /proc/cmdline; grep -v '^#' trace | sed 's/-[0-9].*: /: /'
                sh: cmdline_proc_show <-seq_read_iter
  $ echo > set_ftrace_pid; cat set_ftrace_pid; echo -1 > set_ftrace_pid; echo x > set_ftrace_pid
  no pid
  sh: write error: Invalid argument
  sh: write error: Invalid argument
  [1]
  $ echo function-fork > trace_options; echo $$ > set_ftrace_pid; echo > trace; cat /proc/cmdline > /dev/null; grep -v '^#' trace | sed 's/-[0-9].*: /: /'
               cat: cmdline_proc_show <-seq_read_iter
  $ echo > set_ftrace_pid; echo $$ > set_ftrace_notrace_pid; echo > trace; read x < /proc/cmdline; grep -c show trace
  0
  [1]
