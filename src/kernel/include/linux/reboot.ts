// Ends of the machine: power-off, restart, and who wants to hear of it.

export { kernel_restart, kernel_power_off, kernel_halt, emergency_restart } from "../../kernel/reboot";
