// Every refused construct by name, line, caret and hint: each file of cases/refused against the text beside it. The texts were
// checked by hand against docs/language.md's list.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { Compiler } from "../../src/compiler/driver.js";
import { kernelRoot, repository } from "./native.js";

const folder = join(repository, "test/compiler/cases/refused");

for (const name of readdirSync(folder).filter((file) => file.endsWith(".ts"))) {
  test(`${name}: each fault is named with its place and a hint`, (t) => {
    const file = join(folder, name);
    const result = new Compiler(kernelRoot, [file], folder).module({ files: [file] });
    t.is(result.diagnostics.join(""), readFileSync(file.replace(/\.ts$/, ".txt"), "utf8"));
    t.is(result.ko.length, 0);
  });
}
