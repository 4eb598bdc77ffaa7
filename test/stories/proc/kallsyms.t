/proc/kallsyms: format, order and what a module adds (recordings "kallsyms" and "sample").

# kelp: --append loglevel=1

  $ head -1 /proc/kallsyms | cut -d' ' -f2-
  [A-Za-z] \S+ (re)
  $ grep -v -E '^[0-9a-f]{16} [a-zA-Z?] [^[:space:]]+$' /proc/kallsyms
  [1]
  $ grep ' cmdline_proc_show$' /proc/kallsyms
  ffffffff8[0-9a-f]{7} t cmdline_proc_show (re)
  $ grep -v ' [aA] ' /proc/kallsyms | cut -c1-16 > /tmp/a; sort -c /tmp/a
  $ insmod livepatch-sample.ko; grep 'livepatch_cmdline' /proc/kallsyms
  ffffffffc[0-9a-f]{7} t livepatch_cmdline_proc_show\t\[livepatch_sample\] (re)
  $ insmod hello.ko; grep -c '\[hello\]$' /proc/kallsyms > /dev/null && grep -w hello_greet /proc/kallsyms
  ffffffffc[0-9a-f]{7} T hello_greet\t\[hello\] (re)
  $ rmmod hello; grep -c '\[hello\]' /proc/kallsyms
  0
  [1]
