// The documents' console blocks are run as a reader would type them, from the root of the checkout. The tutorial's console blocks are typed into
// the guest instead, by `kelp test`; its commands for the host stand in shell-session blocks.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "ava";

interface Command {
  readonly line: number;
  readonly text: string;
  readonly output: readonly string[];
}

/** Commands of the blocks in one language: `$ command`, `> continuation`, then the output; a line `…` stands for any lines. */
function commandsOf(markdown: string, language = "console"): Command[] {
  const commands: { line: number; text: string; output: string[] }[] = [];
  let inside = false;
  for (const [index, line] of markdown.split("\n").entries()) {
    if (line.startsWith("```")) inside = !inside && line === `\`\`\`${language}`;
    else if (inside && line.startsWith("$ ")) commands.push({ line: index + 1, text: line.slice(2), output: [] });
    else if (inside && /^>( |$)/.test(line) && commands.at(-1)?.output.length === 0) commands.at(-1)!.text += `\n${line.slice(2)}`;
    else if (inside) commands.at(-1)?.output.push(line);
  }
  return commands;
}

/** True if the lines match, where an expected `…` matches any number of lines. */
function matches(expected: readonly string[], actual: readonly string[]): boolean {
  if (expected.length === 0) return actual.length === 0;
  if (expected[0] === "…") return actual.some((_, at) => matches(expected.slice(1), actual.slice(at))) || matches(expected.slice(1), []);
  return actual.length > 0 && expected[0] === actual[0] && matches(expected.slice(1), actual.slice(1));
}

function outputOf(command: Command): string[] {
  const run = spawnSync("/bin/sh", ["-c", command.text], { encoding: "utf8", timeout: 240_000 });
  const text = (run.stdout + run.stderr).replace(/\r/g, "").replace(/\n$/, "");
  return text === "" ? [] : text.split("\n");
}

function difference(command: Command, actual: readonly string[]): string {
  return `expected:\n${command.output.join("\n")}\nactual:\n${actual.join("\n")}`;
}

const documents = ["README.md", ...readdirSync("docs").map((name) => `docs/${name}`)].filter((name) => name.endsWith(".md"));

test("README.md has console blocks, so that its promises are executed", (t) => {
  t.true(commandsOf(readFileSync("README.md", "utf8")).length >= 3);
});

// One after the other: a block may use what one before it has written.
for (const document of documents) {
  for (const command of commandsOf(readFileSync(document, "utf8"))) {
    test.serial(`${document}:${command.line} prints what it shows: ${command.text.split("\n")[0]}`, (t) => {
      const actual = outputOf(command);
      t.true(matches(command.output, actual), difference(command, actual));
    });
  }
}

/** Links and pictures of a document that lead to files: [its folder]/target without #anchor. */
function fileLinks(document: string): string[] {
  const text = readFileSync(document, "utf8").replace(/^```[\s\S]*?^```/gm, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1].replace(/#.*$/, ""))
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target))
    .map((target) => join(dirname(document), target));
}

test("every link of the documents leads to a file that is there", (t) => {
  const tutorial = readdirSync("docs/tutorial").map((name) => `docs/tutorial/${name}`);
  const all = [...documents, ...tutorial, "CONTRIBUTING.md", "CHANGELOG.md"].filter((name) => name.endsWith(".md"));
  const links = all.flatMap((document) => fileLinks(document).map((target) => ({ document, target })));
  t.true(links.length > 20);
  t.deepEqual(
    links.filter(({ target }) => !existsSync(target)),
    [],
  );
});

const chapters = readdirSync("docs/tutorial").filter((name) => /^\d.*\.md$/.test(name));

test("the tutorial has a chapter for the livepatch, for klp_func and for the ftrace hook, all in its index", (t) => {
  t.deepEqual(chapters.sort(), ["1-livepatch.md", "2-klp-func.md", "3-ftrace-hook.md"]);
  const index = readFileSync("docs/tutorial/README.md", "utf8");
  for (const chapter of chapters) t.true(index.includes(`](${chapter})`), chapter);
});

for (const chapter of chapters.map((name) => `docs/tutorial/${name}`)) {
  test(`${chapter} goes in the guest and on the host as it is written`, (t) => {
    const run = spawnSync("./kelp", ["test", chapter], { encoding: "utf8", timeout: 240_000 });
    t.is(run.status, 0, run.stdout + run.stderr);
    for (const command of commandsOf(readFileSync(chapter, "utf8"), "shell-session")) {
      const actual = outputOf(command);
      t.true(matches(command.output, actual), difference(command, actual));
    }
  });
}
