// WARN and BUG: functions, not macros, so their place is the caller's return address.

export { BUG, BUG_ON, WARN, WARN_ON, WARN_ON_ONCE, WARN_ONCE, warn_slowpath_fmt } from "../../kernel/panic";
