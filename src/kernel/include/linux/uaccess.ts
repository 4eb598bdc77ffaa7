// Access to user memory: every access is checked against the user range, and a fault on the way is caught by the exception table.

export {
  access_ok,
  clear_user,
  copy_from_user,
  copy_to_user,
  get_user_u8,
  get_user_u32,
  get_user_u64,
  put_user_u8,
  put_user_u16,
  put_user_u32,
  put_user_u64,
  strncpy_from_user,
  strnlen_user,
} from "../../arch/x86/lib/usercopy";
export { copy_from_kernel_nofault, copy_to_kernel_nofault, get_kernel_nofault_u64, strncpy_from_kernel_nofault } from "../../mm/maccess";
