A return probe of a function that never returns: its calls end with their tasks, and the probe goes at once.

# kelp: --append loglevel=1

  $ T=/sys/kernel/tracing; echo 'r:p do_exit' > $T/kprobe_events; echo 1 > $T/events/kprobes/p/enable
  $ for i in 1 2 3 4 5 6 7 8 9 10 11 12; do uname > /dev/null; done
  $ cat $T/kprobe_profile
    p                                                          0               0
  $ echo 0 > $T/events/kprobes/p/enable; echo > $T/kprobe_events; cat $T/kprobe_events
