Two tasks that want the whole of a CPU get it in the ratio of their weights: 1024 at nice 0, 335 at nice 5 (3.057 to 1), 110 at nice 10 (9.309 to 1); one that
sleeps most of the time has it at once when it wakes. A nice task's time is told apart in /proc/stat.

# kelp: --cpus 1 --timeout 120

  $ ratio() { spin & a=$!; nice -n $1 spin & b=$!; sleep $2; x=$(cut -d' ' -f14 /proc/$a/stat); y=$(cut -d' ' -f14 /proc/$b/stat); kill $a $b; wait $a $b; echo $((1000 * x / y)); }
  $ ratio 5 20 2>&1 | grep -v Terminated
  30[456]\d (re)
  $ ratio 10 40 2>&1 | grep -v Terminated
  9[23]\d\d (re)
  $ sed -n 's/^cpu  \([0-9]*\) \([0-9]*\) .*/\1 \2/p' /proc/stat
  51[0-9][0-9] 8[89][0-9] (re)
  $ spin & for i in 1 2 3; do nice -n 5 spin & done; t=$(cut -d' ' -f1 /proc/uptime); for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; done; u=$(cut -d' ' -f1 /proc/uptime); kill %1 %2 %3 %4; echo $t $u | awk '{ print ($2 - $1 < 1.12) ? "in time" : $2 - $1 }'
  in time
