// Boot parameters and initcalls. A `name=` or `name` parameter of the command line is handled by the __setup table (init/params-table.ts).

export { saved_command_line, boot_command_line, system_state } from "../../init/main";
export { SYSTEM_BOOTING, SYSTEM_RUNNING, SYSTEM_HALT, SYSTEM_POWER_OFF, SYSTEM_RESTART } from "../../init/main";
