Details of jobs, names and messages as recorded from Linux 6.1 and busybox 1.35.

  $ sleep 10 & sleep 20 & sleep 30 & sleep 40 &
  $ kill %2 %3; sleep 0.2; jobs
  [4]+  Running                    sleep 40
  [3]-  Terminated                 sleep 30
  [2]-  Terminated                 sleep 20
  [1]-  Running                    sleep 10
  $ kill %1 %4; wait; jobs
  [4]+  Terminated                 sleep 40
  [1]+  Terminated                 sleep 10
  $ sleep 100 & P=$!; kill -INT $P; wait $P; echo $?
  130
  [1]+  Interrupt                  sleep 100
  $ echo x > /proc/1/comm
  sh: write error: Invalid argument
  [1]
  $ echo me > /proc/$$/comm; cat /proc/$$/comm
  me
  $ dmesg -n 1; dmesg -c > /dev/null; echo one > /dev/kmsg; echo '<3>two' > /dev/kmsg; echo '<30>three' > /dev/kmsg; dmesg -r | sed 's/\[.*\] //'
  <12>one
  <11>two
  <30>three
  $ [[ abc == a* ]]; echo $?; [[ abc != a?c ]]; echo $?; [ abc = "a*" ]; echo $?
  0
  1
  1
  $ printf '%z\n'; printf '%5.2llq'
  sh: %\n: invalid format
  sh: %5.2q: invalid format
  [1]
