// sh and the applets against busybox 1.35.0: the same scripts, the same output and exit status.
import { isDeepStrictEqual } from "node:util";
import test from "ava";
import { Busybox, caseNames, loadCases, runOurs } from "./recorded.js";

for (const name of caseNames()) {
  for (const { script, out, status } of loadCases(name)) {
    test(`${name}: ${script}`, (t) => {
      const ours = runOurs(script);
      t.deepEqual({ out: ours.out, status: ours.status, reports: ours.kernel.reports }, { out, status, reports: [] });
    });
  }

  test.serial(`${name}: the recordings are what this machine's busybox does`, (t) => {
    const busybox = Busybox.find();
    if (!busybox) {
      t.log("skipped: no busybox 1.35.0 here");
      t.pass();
      return;
    }
    const cases = loadCases(name);
    // On a busy host the order of two processes' lines can be another one, seldom: a difference counts only if it stays.
    const now = cases.map((recorded) => {
      let seen = busybox.run(recorded.script);
      for (let again = 0; again < 4 && !isDeepStrictEqual(seen, recorded); again++) seen = busybox.run(recorded.script);
      return seen;
    });
    busybox.remove();
    t.deepEqual(now, cases);
  });
}
