// README of tracefs: what the files are for.

notrace_file();

export const trace_readme: cstr =
  "tracing mini-HOWTO:\n\n" +
  "  current_tracer              the tracer at work; available_tracers lists them, nop is none\n" +
  "  tracing_on                  0: nothing is recorded, though tracers go on; 1: recording\n" +
  "  trace                       what was recorded, with a header; writing to it clears the buffer\n" +
  "  trace_pipe                  the same, taken out as it is read, waiting for more\n" +
  "  trace_marker                a text that is written here becomes an entry\n" +
  "  trace_options, options/     how entries are shown and what is recorded with them: echo [no]option > trace_options\n" +
  "  trace_clock                 the clock of the time stamps; the one in brackets is in use\n" +
  "  buffer_size_kb              size of each CPU's buffer; per_cpu/ has the files of each CPU\n" +
  "  snapshot                    1: keep the buffer's contents beside; 0: free what was kept; other numbers: clear it\n" +
  "  set_ftrace_filter           functions to trace, by name, glob or index; :mod:MODULE limits to a module, ! takes back\n" +
  "    FUNCTION:COMMAND[:COUNT]  traceon, traceoff, stacktrace, snapshot, dump, cpudump, enable_event:SYSTEM:EVENT, disable_event:SYSTEM:EVENT\n" +
  "  set_ftrace_notrace          functions not to trace\n" +
  "  set_ftrace_pid              tasks to trace; set_ftrace_notrace_pid: tasks not to trace\n" +
  "  set_graph_function          functions whose calls function_graph shows; set_graph_notrace: those it leaves out\n" +
  "  max_graph_depth             how deep function_graph follows calls; 0: without limit\n" +
  "  enabled_functions           functions that have callbacks now, with the trampolines they use\n" +
  "  events/SYSTEM/EVENT/        enable, filter, trigger, format of an event; set_event switches events by name\n" +
  "  kprobe_events               p[:[GROUP/]EVENT] [MODULE:]SYMBOL[+OFFSET]|ADDRESS [ARGUMENTS]\n" +
  "                              r[MAXACTIVE][:[GROUP/]EVENT] [MODULE:]SYMBOL [ARGUMENTS]\n" +
  "                              -:[GROUP/]EVENT\n" +
  "    ARGUMENTS                 NAME=FETCH[:TYPE]; FETCH: %REG $argN $retval $stack $stackN $comm @ADDRESS @SYMBOL[+-OFFSET] \\NUMBER +|-[u]OFFSET(FETCH)\n" +
  "                              TYPE: u8 u16 u32 u64 s8 s16 s32 s64 x8 x16 x32 x64 symbol string ustring\n" +
  "  kprobe_profile              hits and misses of each probe\n" +
  "  error_log                   what was wrong with the last commands\n" +
  "  instances/                  mkdir makes a trace of its own, with all of these files that are about one trace\n";
