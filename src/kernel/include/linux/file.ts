// File descriptors to files and back.
export { close_fd, fd_install, fget, get_close_on_exec, get_unused_fd_flags, put_unused_fd } from "../../fs/file";
export { alloc_file_pseudo, fput } from "../../fs/file_table";
