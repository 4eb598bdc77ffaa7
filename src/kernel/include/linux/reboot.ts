// Ends of the machine: power-off, restart, and who wants to hear of it.

export { emergency_restart, kernel_halt, kernel_power_off, kernel_restart } from "../../kernel/reboot";
