// A work that is queued again while it runs, several times over: it must run again afterwards, and never twice at a time.

import { msleep } from "linux/delay";
import { flush_work, INIT_WORK, schedule_work, type work_struct } from "linux/workqueue";

const pr_fmt = KBUILD_MODNAME + ": ";

let work: embed<work_struct>;
let running: int = 0;
let most: int = 0;
let runs: int = 0;

function again(_w: work_struct): void {
  const now = int(fetch_add(addr(running), 1) + 1);
  if (now > most) most = now;
  msleep(100);
  runs++;
  fetch_add(addr(running), -1);
}

function work_again_init(): int {
  INIT_WORK(work, again);
  for (let i: int = 0; i < 4; i++) {
    schedule_work(work);
    msleep(5); // it runs by now: the next turn queues it again
  }
  flush_work(work);
  pr_info("ran %d times, at most %d at a time\n", runs, most);
  return 0;
}

function work_again_exit(): void {}

module_init(work_again_init);
module_exit(work_again_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A work that is queued again while it runs");
