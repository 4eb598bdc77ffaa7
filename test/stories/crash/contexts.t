A trace tells in which context a function runs. Timers and tasklets are softirqs: they run on the interrupt stack, where an interrupt's way out or
local_bh_enable lets them in, or in ksoftirqd where neither is near. Below the interrupt stack stands the task that it has interrupted.

# kelp: --cpus 1 --append loglevel=0

  $ trace() { dmesg -c | grep -v -e '^ *? ' -e '^Code' -e '^R.*EFLAGS' -e '^R[0-9A-Z]*: [0-9a-f]\{16\} ' -e '^Hard' -e '^RIP: 0033' | sed 's/+0x[0-9a-f]*\/0x[0-9a-f]*//; s/ Tainted.*//'; }
  $ insmod contexts.ko; rmmod contexts; dmesg -c > /dev/null
  $ insmod contexts.ko; sleep 1; rmmod contexts; trace
  CPU: 0 PID: 0 Comm: swapper/0
  Call Trace:
   <IRQ>
   dump_stack_lvl
   run_stack [contexts]
   timer_fn [contexts]
   call_timer_fn
   __run_timers
   run_timer_softirq
   handle_softirqs
   __irq_exit_rcu
   sysvec_apic_timer_interrupt
   </IRQ>
   <TASK>
   asm_sysvec_apic_timer_interrupt
  RIP: 0010:native_safe_halt
   arch_cpu_idle
   do_idle
   cpu_startup_entry
   rest_init
   start_kernel
   x86_64_start_kernel
   secondary_startup_64
   </TASK>
  $ insmod contexts.ko in=tasklet; sleep 1; rmmod contexts; trace
  CPU: 0 PID: \d+ Comm: ksoftirqd/0 (re)
  Call Trace:
   <TASK>
   dump_stack_lvl
   run_stack [contexts]
   tasklet_fn [contexts]
   tasklet_action_common
   tasklet_action
   handle_softirqs
   run_ksoftirqd
   kthread
   ret_from_fork
   </TASK>
  $ insmod contexts.ko in=bh; rmmod contexts; trace
  CPU: 0 PID: \d+ Comm: insmod (re)
  Call Trace:
   <IRQ>
   dump_stack_lvl
   run_stack [contexts]
   tasklet_fn [contexts]
   tasklet_action_common
   tasklet_action
   handle_softirqs
   do_softirq
   </IRQ>
   <TASK>
   __local_bh_enable_ip
   start [contexts]
   contexts_init [contexts]
   do_one_initcall
   do_init_module
   __do_sys_finit_module
   do_syscall_64
   entry_SYSCALL_64_after_hwframe
   </TASK>
  $ insmod contexts.ko in=thread; sleep 1; rmmod contexts; trace
  CPU: 0 PID: \d+ Comm: contexts (re)
  Call Trace:
   <TASK>
   dump_stack_lvl
   run_stack [contexts]
   thread_fn [contexts]
   kthread
   ret_from_fork
   </TASK>
A softirq that is there again when it has been served is served again at once, ten times or until a task is to run: then it is left to ksoftirqd.
  $ insmod contexts.ko in=storm; sleep 1; rmmod contexts; trace
  CPU: 0 PID: 3 Comm: ksoftirqd/0
  Call Trace:
   <TASK>
   dump_stack_lvl
   run_stack [contexts]
   storm_fn [contexts]
   tasklet_action_common
   tasklet_action
   handle_softirqs
   run_ksoftirqd
   kthread
   ret_from_fork
   </TASK>
