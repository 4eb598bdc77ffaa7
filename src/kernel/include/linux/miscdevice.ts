// Devices of major 10: a name, a minor number and file operations.
import type { file_operations } from "linux/fs";
import type { list_head } from "linux/list";

export const MISC_MAJOR = 10;
export const MISC_DYNAMIC_MINOR = 255;

export interface miscdevice extends struct<"miscdevice"> {
  minor?: int;
  name?: cstr;
  fops?: file_operations;
  list?: embed<list_head>;
  mode?: u16;
}
export { misc_deregister, misc_register } from "../../drivers/char/misc";
