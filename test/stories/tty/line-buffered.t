A shell's standard output is one stdio stream: with a terminal for it, at first, builtins write line by line, wherever it leads later. printf's %s puts its
whole argument, %b every character. echo writes at once, and so do scripts whose output has been no terminal.

# kelp: --cpus 1

  $ cd /sys/kernel/tracing; writes() { sed -e '/^#/d' -e 's/.*tracing_mark_write: /write: /' trace; echo > trace; }
  $ printf 'a\nb\n' > trace_marker; writes
  write: a
  write: b
  $ printf '%s' 'a
  > b
  > c' > trace_marker; writes
  write: a
  b
  write: c
  $ printf '%s\n' a b > trace_marker; writes
  write: a
  write: b
  $ printf '%b' 'a\nb\nc' > trace_marker; writes
  write: a
  write: b
  write: c
  $ (printf 'a\nb') > trace_marker; writes
  write: a
  write: b
  $ echo -e 'a\nb' > trace_marker; writes
  write: a
  b
  $ alias p=1 q=2; alias > trace_marker; writes
  write: p='1'
  write: q='2'
  $ sh -c "printf 'a\nb\n' > trace_marker"; writes
  write: a
  b
  $ sh -c "printf 'to the terminal\n'; printf 'a\nb\n' > trace_marker"; writes
  to the terminal
  write: a
  write: b
