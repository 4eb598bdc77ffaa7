A work that is queued again while it runs runs once more, and never twice at a time.

# kelp: --cpus 2

  $ insmod work-again.ko
  $ dmesg | grep work_again: | tail -1
  work_again: ran 2 times, at most 1 at a time
  $ rmmod work_again
