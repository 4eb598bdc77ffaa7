Symbols that cannot be patched: unknown, ambiguous, at a wrong position, data, without a call at the entry (recording "nosym", rule 15).

# kelp: --append loglevel=1

  $ insmod lp-nosym.ko
  insmod: can't insert 'lp-nosym.ko': Invalid argument
  [22]
  $ dmesg -c | grep livepatch:
  livepatch: symbol 'no_such_function_here' not found in symbol table
  livepatch: symbol 'no_such_function_here' not found in symbol table
  $ insmod lp-ambiguous.ko sym=cmdline_proc_show pos=2
  insmod: can't insert 'lp-ambiguous.ko': Invalid argument
  [22]
  $ insmod lp-ambiguous.ko sym=
  insmod: can't insert 'lp-ambiguous.ko': Invalid argument
  [22]
  $ insmod lp-ambiguous.ko sym=saved_command_line
  insmod: can't insert 'lp-ambiguous.ko': Invalid argument
  [22]
  $ dmesg -c | uniq
  livepatch: symbol position 2 for symbol 'cmdline_proc_show' in object 'vmlinux' not found
  livepatch: symbol '' not found in symbol table
  livepatch: enabling patch 'lp_ambiguous'
  livepatch: failed to find location for function 'saved_command_line'
  livepatch: failed to patch object 'vmlinux'
  livepatch: failed to enable patch 'lp_ambiguous'
  livepatch: 'lp_ambiguous': unpatching complete
  livepatch: enabling patch 'lp_ambiguous'
  livepatch: failed to find location for function 'saved_command_line'
  livepatch: failed to patch object 'vmlinux'
  livepatch: failed to enable patch 'lp_ambiguous'
  livepatch: 'lp_ambiguous': unpatching complete

Two functions of one name: a position is needed, and it must exist.

  $ name=$(cut -d' ' -f2,3 /proc/kallsyms | grep '^[tT] ' | sort | uniq -d | head -1 | cut -d' ' -f2)
  $ insmod lp-ambiguous.ko sym=$name
  insmod: can't insert 'lp-ambiguous.ko': Invalid argument
  [22]
  $ insmod lp-ambiguous.ko sym=$name pos=99
  insmod: can't insert 'lp-ambiguous.ko': Invalid argument
  [22]
  $ dmesg -c > /tmp/log; uniq /tmp/log | wc -l
  2
  $ grep -c "livepatch: unresolvable ambiguity for symbol '$name' in object '(null)'" /tmp/log
  2
  $ grep -c "livepatch: symbol position 99 for symbol '$name' in object 'vmlinux' not found" /tmp/log
  2
