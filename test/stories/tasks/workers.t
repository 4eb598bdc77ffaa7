Works run in the pool of the CPU where they are queued, those of unbound and ordered queues in a pool of no CPU; a queue that memory waits for has a rescuer,
named as it. /proc names a worker with the queue that it has worked for. There is always an idle worker more than are busy.

# kelp: --cpus 2 --append loglevel=0

  $ names() { for p in /proc/[0-9]*; do cat $p/comm; done | grep -e kworker -e ctx | sort; }
  $ names
  kworker/0:0
  kworker/0:0H
  kworker/1:0
  kworker/1:0H
  kworker/u4:0-events_unbound
  kworker/u4:1
  $ trace() { sleep 0.1; rmmod contexts; dmesg -c | sed -n -e 's/+0x[0-9a-f]*\/0x[0-9a-f]*//' -e 's/^CPU: . PID: [0-9]* \(Comm: [^ ]*\) .*/\1/p' -e '/^Workqueue/p' -e '/^ *? /d' -e '/^ [a-z]/p'; }
  $ dmesg -c > /dev/null; insmod contexts.ko in=work; trace
  Comm: kworker/\d:0 (re)
  Workqueue: events work_fn [contexts]
   dump_stack_lvl
   run_stack [contexts]
   work_fn [contexts]
   process_one_work
   worker_thread
   kthread
   ret_from_fork
  $ insmod contexts.ko in=unbound; trace | grep -v '^ '
  Comm: kworker/u4:0
  Workqueue: events_unbound work_fn [contexts]
  $ insmod contexts.ko in=ordered; trace | grep -v '^ '
  Comm: kworker/u4:0
  Workqueue: ctx_ordered work_fn [contexts]
  $ insmod contexts.ko in=reclaim; names | grep ctx; cut -d' ' -f2,3,19 /proc/$(pgrep '^ctx')/stat; trace | grep -v '^ '; names | grep ctx
  ctx_reclaim
  kworker/u4:0-ctx_reclaim
  (ctx_reclaim) I -20
  Comm: kworker/u4:0
  Workqueue: ctx_reclaim work_fn [contexts]
  kworker/u4:0-ctx_reclaim
