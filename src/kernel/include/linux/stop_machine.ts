// Run a function while every other CPU spins with interrupts off.

export type cpu_stop_fn_t = (arg: ptr) => int;

export { stop_machine, stop_machine_cpuslocked, stop_machine_frame } from "../../kernel/stop_machine";
