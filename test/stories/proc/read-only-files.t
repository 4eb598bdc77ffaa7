Files of /proc that cannot be written, and its sysctls (recordings "ash" and "tracefs").

  $ echo 1 > /proc/cmdline
  sh: write error: Input/output error
  [1]
  $ echo 1 > /proc/version
  sh: write error: Input/output error
  [1]
  $ echo x > /proc/new
  sh: can't create /proc/new: nonexistent directory
  [1]
  $ cat /proc/sys/kernel/ostype /proc/sys/kernel/osrelease
  Linux
  6.1.0-kelp
  $ echo x > /proc/sys/kernel/ostype
  sh: can't create /proc/sys/kernel/ostype: Permission denied
  [1]
  $ cat /proc/sys/kernel/ftrace_enabled
  1
  $ echo abc > /proc/sys/kernel/ftrace_enabled
  sh: write error: Invalid argument
  [1]
  $ cat /proc/sys/kernel
  cat: read error: Is a directory
  [1]
What cannot be removed where it was has been copied all the same.
  $ mv /proc/version /tmp/version
  mv: can't remove '/proc/version': Operation not permitted
  [1]
  $ cmp /proc/version /tmp/version
