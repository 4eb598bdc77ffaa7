A fork bomb meets the limit of tasks: fork fails, the bomb ends, and the machine goes on.

# kelp: --cpus 2

  $ b() { b | b & }
  $ echo 'b() { b | b & }; b' > /tmp/bomb.sh
  $ sh /tmp/bomb.sh 2>&1 | sed 's/.*: //' | sort -u
  Resource temporarily unavailable
  $ sleep 1; dmesg | grep -c -E 'BUG|Oops|panic'
  0
  [1]
  $ ps | grep -c bomb.sh
  1

So does a process that finds no free number.

  $ echo 301 > /proc/sys/kernel/pid_max
  $ echo 300 > /proc/sys/kernel/pid_max
  sh: write error: Invalid argument
  [1]
  $ echo 32768 > /proc/sys/kernel/pid_max
