// Path walk: flags and entry points.
export const LOOKUP_FOLLOW = 0x0001;
export const LOOKUP_DIRECTORY = 0x0002;
export const LOOKUP_PARENT = 0x0010;
export const LOOKUP_REVAL = 0x0020;
export const LOOKUP_OPEN = 0x0100;
export const LOOKUP_CREATE = 0x0200;
export const LOOKUP_EXCL = 0x0400;
export const LOOKUP_EMPTY = 0x4000;
export const RENAME_NOREPLACE = 1;
export const RENAME_EXCHANGE = 2;
export { filename_lookup, kern_path, lookup_one_len, user_path_at } from "../../fs/namei";
