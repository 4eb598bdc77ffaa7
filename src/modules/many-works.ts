// insmod many-works.ko count=N reclaim=B: N works on a queue of no CPU, each of which tells who runs it and sleeps for a tenth of a second; insmod waits for
// all. reclaim=1: the queue is one that
// memory is waited for with, so it has a rescuer, which runs them where no further worker can be made.

import { get_current } from "linux/current";
import { msleep } from "linux/delay";
import { EINVAL, ENOMEM } from "linux/errno";
import {
  alloc_workqueue,
  destroy_workqueue,
  flush_workqueue,
  INIT_WORK,
  queue_work,
  WQ_MEM_RECLAIM,
  WQ_UNBOUND,
  type work_struct,
  type workqueue_struct,
} from "linux/workqueue";

const pr_fmt = KBUILD_MODNAME + ": ";
const MAX_WORKS = 8;

let count: int = 4;
let reclaim: bool = false;
module_param(count, "int", 0);
module_param(reclaim, "bool", 0);

let works: array<work_struct, 8>;
let wq: workqueue_struct = null;

function tell(work: work_struct): void {
  pr_info("work %d: %s\n", int((u64(work) - u64(works)) / sizeof<work_struct>()), get_current().comm);
  msleep(100);
}

function many_works_init(): int {
  if (count < 0 || count > MAX_WORKS) return -EINVAL;
  wq = alloc_workqueue("many", reclaim ? WQ_UNBOUND | WQ_MEM_RECLAIM : WQ_UNBOUND, 0);
  if (wq === null) return -ENOMEM;
  for (let i: int = 0; i < count; i++) {
    INIT_WORK(works[i], tell);
    queue_work(wq, works[i]);
  }
  flush_workqueue(wq);
  return 0;
}
init(many_works_init);

function many_works_exit(): void {
  destroy_workqueue(wq);
}
exit(many_works_exit);

module_init(many_works_init);
module_exit(many_works_exit);
MODULE_LICENSE("GPL");
