// Memory and string functions (lib/string.ts) and the allocating ones (mm/util.ts).

export {
  memcpy, memset, memmove, memcmp, memchr, memchr_inv, strlen, strnlen, strcpy, strncpy, strlcpy, strscpy, strcat, strlcat, strcmp, strncmp, strcasecmp, strncasecmp,
  strchr, strrchr, strchrnul, strnchr, strstr, strnstr, strsep, strspn, strcspn, strpbrk, skip_spaces, strim, str_has_prefix, match_string, sysfs_streq,
} from "../../lib/string";
export { kstrdup, kstrndup, kmemdup, kmemdup_nul, memdup_user, memdup_user_nul, strndup_user } from "../../mm/util";
