A CPU that passes no point without RCU readers for 21 seconds while a grace period waits for it is told of, by itself or, if it has its interrupts off, by
another one. The period's thread is on another CPU and goes on.

# kelp: --cpus 2 --timeout 200 --append loglevel=0

  $ cat /proc/sys/kernel/panic_on_rcu_stall /proc/sys/kernel/max_rcu_stall_to_panic
  0
  0
  $ wait_for() { i=0; while [ $i -lt $1 ]; do sleep 1; i=$((i+1)); done; }
  $ trace() { dmesg -c | grep -v -e '^ *? ' -e '^Code' -e '^R.*EFLAGS' -e '^R[0-9A-Z]*: [0-9a-f]\{16\} ' -e '^CR2' -e '^CS' -e '^FS' -e '^Hard' | sed 's/+0x[0-9a-f]*\/0x[0-9a-f]*//; s/ Tainted.*//'; }
  $ insmod contexts.ko run=spin in=thread seconds=25; dmesg -c > /dev/null; wait_for 27; rmmod contexts; trace
  rcu: INFO: rcu_preempt self-detected stall on CPU
  rcu: \t1-\.\.\.\.: \(5250 ticks this GP\) idle=[0-9a-f]{4}/1/0x4000000000000000 softirq=\d+/\d+ fqs=\d+ (re)
  \t\(t=5250 jiffies g=-\d+ q=\d+ ncpus=2\) (re)
  CPU: 1 PID: \d+ Comm: contexts (re)
  RIP: 0010:delay_tsc
  Call Trace:
   <TASK>
   mdelay
   run_spin [contexts]
   thread_fn [contexts]
   kthread
   ret_from_fork
   </TASK>
  watchdog: BUG: soft lockup - CPU#1 stuck for 22s! \[contexts:\d+\] (re)
  Modules linked in: contexts(OE)
  CPU: 1 PID: \d+ Comm: contexts (re)
  RIP: 0010:delay_tsc
  Call Trace:
   <TASK>
   mdelay
   run_spin [contexts]
   thread_fn [contexts]
   kthread
   ret_from_fork
   </TASK>
  $ insmod contexts.ko run=irqsoff in=thread seconds=25; dmesg -c > /dev/null; wait_for 27; rmmod contexts; trace | sed '/watchdog/,$d'
  rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
  rcu: \t1-\.\.\.!: \(0 ticks this GP\) idle=[0-9a-f]{4}/1/0x4000000000000000 softirq=\d+/\d+ fqs=\d+ (re)
  \t\(detected by 0, t=5252 jiffies, g=-\d+, q=\d+ ncpus=2\) (re)
  Sending NMI from CPU 0 to CPUs 1:
  NMI backtrace for cpu 1
  CPU: 1 PID: \d+ Comm: contexts (re)
  RIP: 0010:delay_tsc
  Call Trace:
   <TASK>
   mdelay
   run_irqsoff [contexts]
   thread_fn [contexts]
   kthread
   ret_from_fork
   </TASK>
