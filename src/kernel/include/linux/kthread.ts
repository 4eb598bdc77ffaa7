// Kernel threads.

export { kthread_create_on_node, kthread_create, kthread_run, kthread_create_on_cpu, kthread_bind, kthread_stop, kthread_should_stop, kthread_data, kthreadd } from "../../kernel/kthread";
