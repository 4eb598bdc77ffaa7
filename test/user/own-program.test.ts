// `kelp cc` on a program of the user's own: kernel TypeScript that exports main() becomes an executable that the guest runs.
import { spawnSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { temporaryFolder } from "../temporary-folder.js";
import { runInGuest } from "./guest.js";

const folder = temporaryFolder("kelp-own");
const cc = (name: string, text: string) => {
  const source = join(folder, `${name}.ts`);
  writeFileSync(source, text);
  return spawnSync(process.execPath, ["dist/src/cli/main.js", "cc", source, "-o", join(folder, name)], { encoding: "utf8" });
};

test("a file that exports main() is compiled with its imports to an executable, which the guest runs", (t) => {
  writeFileSync(
    join(folder, "square.ts"),
    'import { EINVAL } from "linux/errno";\nexport function square(x: s64): s64 {\n  return x > 1000 ? -EINVAL : x * x;\n}\n',
  );
  const { status, stderr } = cc(
    "squares",
    `import { printf } from "user/stdio";
import { atoi } from "user/string";
import { square } from "./square";
export function main(argc: int, argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {
  for (let i: int = 1; i < argc; i++) printf("%ld ", square(atoi(argv[i])));
  printf("\\n");
  return argc;
}
`,
  );
  t.deepEqual([status, stderr], [0, ""]);
  t.true((statSync(join(folder, "squares")).mode & 0o100) !== 0);
  const { out } = runInGuest("/root/squares 3 -12 1001; echo $?", { squares: readFileSync(join(folder, "squares")) });
  t.is(out, "9 144 -22 \n4\n");
});

test("a program that calls a function of the kernel's does not link, and the message names the function", (t) => {
  const { status, stderr } = cc(
    "printer",
    'import { _printk } from "linux/printk";\nexport function main(_argc: int, _argv: ref<u8[]>[], _envp: ref<u8[]>[]): int {\n  return _printk("no");\n}\n',
  );
  t.is(status, 1);
  t.regex(stderr, /^error: undefined symbol _printk, referenced by \S*printer\.ts: main\n$/);
});
