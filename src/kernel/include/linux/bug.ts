// WARN and BUG: functions, not macros, so their place is the caller's return address.

export { warn_slowpath_fmt, WARN_ON, WARN_ON_ONCE, WARN, WARN_ONCE, BUG, BUG_ON } from "../../kernel/panic";
