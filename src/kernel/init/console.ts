// Standard input, output and error of pid 1.

import { IS_ERR } from "linux/err";
import { fd_install, fput, get_unused_fd_flags } from "linux/file";
import { filp_open, get_file } from "linux/fs";

const O_RDWR = 2;

export function console_on_rootfs(): void {
  const file = filp_open("/dev/console", O_RDWR, 0);
  if (IS_ERR(file)) {
    pr_err("Warning: unable to open an initial console.\n");
    return;
  }
  for (let i: int = 0; i < 3; i++) {
    const fd = get_unused_fd_flags(0);
    if (fd < 0) break;
    fd_install(u32(fd), get_file(file));
  }
  fput(file);
}
