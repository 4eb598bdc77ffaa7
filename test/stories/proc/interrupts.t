Interrupts by line and by kind, softirqs, in Linux's columns, one for each CPU.

# kelp: --cpus 2

  $ cat /proc/interrupts
             CPU0       CPU1       
    4: {5,10}[0-9]+ {10}0   IO-APIC   4-edge      ttyS0 (re)
    5: [ 0-9]{10} [ 0-9]{10}   IO-APIC   5-edge      virtio (re)
    6: [ 0-9]{10} [ 0-9]{10}   IO-APIC   6-edge      virtio (re)
  NMI:          0          0   Non-maskable interrupts
  LOC: [ 0-9]{10} [ 0-9]{10}   Local timer interrupts (re)
  SPU:          0          0   Spurious interrupts
  RES: [ 0-9]{10} [ 0-9]{10}   Rescheduling interrupts (re)
  CAL: [ 0-9]{10} [ 0-9]{10}   Function call interrupts (re)
  TLB: [ 0-9]{10} [ 0-9]{10}   TLB shootdowns (re)
  ERR:          0
  MIS:          0
  $ sleep 1; cat /proc/softirqs
                      CPU0       CPU1       
            HI:          0          0
         TIMER: [ 0-9]{10} [ 0-9]{10} (re)
        NET_TX:          0          0
        NET_RX:          0          0
         BLOCK:          0          0
      IRQ_POLL:          0          0
       TASKLET:          0          0
         SCHED: [ 0-9]{10} [ 0-9]{10} (re)
       HRTIMER:          0          0
           RCU: [ 0-9]{10} [ 0-9]{10} (re)
  $ insmod contexts.ko in=tasklet; sleep 1; rmmod contexts; awk '/TASKLET/ { print $2 + $3 }' /proc/softirqs
  1
  $ sed -n 's/^softirq \([0-9]*\) 0 [0-9]* 0 0 0 0 1 [0-9]* 0 [0-9]*$/counted/p' /proc/stat
  counted
