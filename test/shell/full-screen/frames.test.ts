// less and vi against busybox 1.35.0: the same keys, the same screens.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { type RecordedSession, runOurs } from "./frames.js";

for (const name of ["less", "vi"]) {
  const sessions = JSON.parse(readFileSync(join("test", "shell", "full-screen", `${name}.json`), "utf8")) as RecordedSession[];
  for (const session of sessions) {
    test(session.name, async (t) => {
      const { frames } = await runOurs(session);
      t.deepEqual(
        frames.map((frame, n) => `${JSON.stringify(session.keys[n - 1] ?? session.command)}\n${frame}`),
        session.frames.map((frame, n) => `${JSON.stringify(session.keys[n - 1] ?? session.command)}\n${frame}`),
      );
    });
  }
}
