// Takes its time to load and to go (init_ms, exit_ms), exports a symbol meanwhile, and may refuse to load at last (ret).

import { msleep } from "linux/delay";

let init_ms: int = 0;
let exit_ms: int = 0;
let ret: int = 0;
module_param(init_ms, "int", 0);
module_param(exit_ms, "int", 0);
module_param(ret, "int", 0);

export function slow_answer(): int {
  return 42;
}
EXPORT_SYMBOL(slow_answer);

function slow_init(): int {
  msleep(u32(init_ms));
  return ret;
}
init(slow_init);

function slow_exit(): void {
  msleep(u32(exit_ms));
}
exit(slow_exit);

module_init(slow_init);
module_exit(slow_exit);
MODULE_LICENSE("GPL");
