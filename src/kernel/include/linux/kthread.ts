// Kernel threads.

export {
  kthread_bind,
  kthread_create,
  kthread_create_on_cpu,
  kthread_create_on_node,
  kthread_data,
  kthread_run,
  kthread_should_stop,
  kthread_stop,
  kthreadd,
} from "../../kernel/kthread";
