User and system time are a task's run time, exact, divided as the ticks have met it in either mode: what runs for less than a tick counts, too. It is
user time as long as no tick has met the task in the kernel.

# kelp: --cpus 1 --append loglevel=0

  $ cat > naps <<'END'
  > # Runs for a part of a tick each time that a timer has woken it, just behind a tick.
  > for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do j=0; while [ $j -lt 200 ]; do j=$((j+1)); done; usleep 1000; done
  > set -- $(sed 's/.*) //' /proc/$$/stat)
  > ticks=$((${12} + ${13}))
  > set -- $(cat /proc/$$/schedstat)
  > echo "shown $ticks, exact $(($1 / 10000000))" > shown
  > [ $ticks -gt 4 ] && [ $(($1 / 10000000 - ticks)) -le 2 ]
  > END
  $ sh naps || cat shown
  $ time -f '%U %u %S %T' -o used sh naps; cat used
  0.\d\d 0m 0.\d\ds 0.\d\d 0m 0.\d\ds (re)
  $ time -v sh -c 'sh naps; exit 3'
  Command exited with non-zero status 3
  \tCommand being timed: "sh -c sh naps; exit 3" (esc)
  \tUser time \(seconds\): 0\.[01]\d (re)
  \tSystem time \(seconds\): 0\.\d\d (re)
  \tPercent of CPU this job got: [5-9]\d% (re)
  \tElapsed \(wall clock\) time \(h:mm:ss or m:ss\): 0m 0\.[1-4]\ds (re)
  \tAverage shared text size (kbytes): 0 (esc)
  \tAverage unshared data size (kbytes): 0 (esc)
  \tAverage stack size (kbytes): 0 (esc)
  \tAverage total size (kbytes): 0 (esc)
  \tMaximum resident set size \(kbytes\): [1-9]\d* (re)
  \tAverage resident set size (kbytes): 0 (esc)
  \tMajor (requiring I/O) page faults: 0 (esc)
  \tMinor \(reclaiming a frame\) page faults: [1-9]\d+ (re)
  \tVoluntary context switches: \d+ (re)
  \tInvoluntary context switches: \d+ (re)
  \tSwaps: 0 (esc)
  \tFile system inputs: 0 (esc)
  \tFile system outputs: 0 (esc)
  \tSocket messages sent: 0 (esc)
  \tSocket messages received: 0 (esc)
  \tSignals delivered: 0 (esc)
  \tPage size (bytes): 4096 (esc)
  \tExit status: 3 (esc)
  [3]
  $ time -p true
  real 0.00
  user 0.00
  sys 0.00
  $ time -f '%q%%%x\n%C' -o used -a sh -c 'kill -9 $$'; tail -n2 used
  Command terminated by signal 9
  0nsh -c kill -9 $$
  $ time nosuch
  time: can't execute 'nosuch': No such file or directory
  Command exited with non-zero status 127
  real\t0m 0.00s (esc)
  user\t0m 0.00s (esc)
  sys\t0m 0.00s (esc)
  [127]
  $ time -o /nowhere/x true
  time: can't open '/nowhere/x': No such file or directory
  [1]
