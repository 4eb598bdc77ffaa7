// Records what busybox does with the scripts of a text file: node dist/test/shell/record.js SCRIPTS.txt > test/shell/cases/NAME.json
// Scripts are separated by lines "%%".
import { readFileSync } from "node:fs";
import { Busybox } from "./recorded.js";

const busybox = Busybox.find();
const [path] = process.argv.slice(2);
if (!busybox || path === undefined) throw new Error("needs busybox 1.35.0 and a file of scripts");
const scripts = readFileSync(path, "utf8")
  .split("\n%%\n")
  .map((script) => script.replace(/\n$/, ""));
const cases = scripts.filter((script) => script !== "").map((script) => busybox.run(script));
busybox.remove();
process.stdout.write(`[\n${cases.map((one) => JSON.stringify(one)).join(",\n")}\n]\n`);
