// The first function in TypeScript: what must be in order before start_kernel.

import { __va } from "asm/page";
import { init_task, init_task_init } from "../../../init/init_task";
import { start_kernel } from "../../../init/main";
import { current_task } from "../../../kernel/sched/core";
import { cpu_init_gdt } from "./cpu/common";
import { idt_setup_early } from "./idt";
import { setup_start_info } from "./setup";

export function x86_64_start_kernel(start_info: u64): void {
  this_cpu_write(current_task, init_task);
  init_task_init();
  cpu_init_gdt();
  idt_setup_early();
  setup_start_info(__va(start_info));
  start_kernel();
}
init(x86_64_start_kernel);
