// open-files COUNT [UID]: opens /dev/null COUNT times, as user UID if that is given, says how far it came and why it ended, and closes all.

import { printf } from "../lib/stdio";
import { atoi } from "../lib/string";
import { close, open, syscall6 } from "../lib/unistd";

const SYS_SETRESUID = 117;

export function main(argc: int, argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  const count: s64 = argc > 1 ? atoi(argv[1]) : s64(0);
  const uid: u64 = argc > 2 ? u64(atoi(argv[2])) : u64(0);
  if (uid !== 0) syscall6(SYS_SETRESUID, uid, uid, uid, 0, 0, 0);
  let fd: int = 0;
  let opened: s64 = 0;
  let highest: int = -1;
  while (opened < count) {
    fd = open("/dev/null", 0, 0);
    if (fd < 0) break;
    if (fd > highest) highest = fd;
    opened++;
  }
  printf("%ld opened, highest number %d, error %d\n", opened, highest, fd < 0 ? -fd : 0);
  for (let n: int = 3; n <= highest; n++) close(n);
  return 0;
}
