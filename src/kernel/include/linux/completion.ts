// Completions: wait until another task says done.

import type { wait_queue_head } from "linux/wait";

export interface completion extends struct<"completion"> {
  done?: u32;
  wait?: embed<wait_queue_head>;
}

export {
  complete,
  complete_all,
  completion_done,
  init_completion,
  reinit_completion,
  try_wait_for_completion,
  wait_for_completion,
  wait_for_completion_interruptible,
  wait_for_completion_killable,
  wait_for_completion_timeout,
} from "../../kernel/sched/completion";
