// Lines of WARN and BUG, for test/compiler/objects.test.ts.
import { BUG_ON, WARN_ON, WARN_ON_ONCE } from "linux/bug";

export function guarded(n: int): int {
  if (WARN_ON(n < 0)) return -22;
  BUG_ON(n === 7);
  return n + 1;
}

export function quiet(n: int): void {
  WARN_ON_ONCE(n === 3);
}
