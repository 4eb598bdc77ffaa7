// Each case is compiled by kcc and by gcc; both programs must print the same. A second test does so with random programs.

import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { canRunNatively, compileToObject, repository, runWith, withDirectory } from "./native.js";
import { randomProgram } from "./random-program.js";

const cases = join(repository, "test/compiler/cases");
const names = readdirSync(cases)
  .filter((name) => name.endsWith(".c"))
  .map((name) => name.slice(0, -2));

for (const name of names) {
  test(`${name}: kcc's code prints what gcc's prints`, (t) => {
    if (!canRunNatively) {
      t.log(`skipped: ${name} needs gcc on x86-64 Linux`);
      t.pass();
      return;
    }
    withDirectory((directory) => {
      const object = join(directory, `${name}.o`);
      writeFileSync(object, compileToObject(join(cases, `${name}.ts`), true));
      const reference = runWith(directory, "reference", [join(cases, `${name}.c`)]);
      t.is(runWith(directory, "ours", ["-DKCC", join(cases, `${name}.c`), object]), reference);
    });
  });
}

test("random programs print the same compiled by kcc and by gcc", (t) => {
  if (!canRunNatively) {
    t.log("skipped: random programs need gcc on x86-64 Linux");
    t.pass();
    return;
  }
  withDirectory((directory) => {
    for (let seed = 1; seed <= 8; seed++) {
      const program = randomProgram(seed, 8);
      const file = (name: string, text: string) => {
        writeFileSync(join(directory, name), text);
        return join(directory, name);
      };
      const source = file("random.ts", program.ts);
      const driver = file("driver.c", program.driver);
      const object = join(directory, "random.o");
      writeFileSync(object, compileToObject(source, false));
      const ours = runWith(directory, "ours", [driver, object]);
      t.is(ours, runWith(directory, "reference", [driver, file("random.c", program.c)]), `seed ${seed}`);
    }
  });
});
