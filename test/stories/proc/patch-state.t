/proc/PID/patch_state is -1 outside of transitions, and cannot be written (recording "proc-tasks").

  $ cat /proc/self/patch_state /proc/$$/patch_state /proc/1/patch_state
  -1
  -1
  -1
  $ stat -c %A /proc/self/patch_state
  -r--------
  $ echo 1 > /proc/self/patch_state
  sh: write error: Invalid argument
  [1]
  $ cat /proc/99999/patch_state
  cat: can't open '/proc/99999/patch_state': No such file or directory
  [1]
  $ for p in /proc/[0-9]*; do cat $p/patch_state; done | sort -u
  -1
  $ cat /proc/livepatch
  cat: can't open '/proc/livepatch': No such file or directory
  [1]
