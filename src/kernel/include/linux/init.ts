// Boot parameters and initcalls. A `name=` or `name` parameter of the command line is handled by the __setup table (init/params.ts).

export {
  boot_command_line,
  SYSTEM_BOOTING,
  SYSTEM_HALT,
  SYSTEM_POWER_OFF,
  SYSTEM_RESTART,
  SYSTEM_RUNNING,
  saved_command_line,
  system_state,
} from "../../init/main";
