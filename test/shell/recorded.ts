// Scripts with what Debian's busybox 1.35.0 prints for them (cases/*.json, written by record.ts), and how to run them in both.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Outcome, sh } from "./fake-kernel/run.js";

export interface RecordedCase {
  script: string;
  out: string;
  status: number;
}

/** Files that lie in the working folder of each script. */
const FILES: Readonly<Record<string, string>> = {
  "src.sh": "echo sourced $0 $1; return 3; echo no\n",
  "s1.sh": "echo script $0 $# $*\nnosuch\nfalse\n",
  "f-noexec": "x",
};
const WORK = "/work";

/** Names of the recorded files. */
export function caseNames(): string[] {
  return readdirSync(join("test", "shell", "cases"))
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length));
}

export function loadCases(name: string): RecordedCase[] {
  return JSON.parse(readFileSync(join("test", "shell", "cases", `${name}.json`), "utf8")) as RecordedCase[];
}

export function runOurs(script: string): Outcome {
  const files = Object.fromEntries(Object.entries(FILES).map(([name, text]) => [`${WORK}/${name}`, text]));
  return sh(`${script}\n`, { files: { ...files, "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n", "/etc/group": "root:x:0:\n" } });
}

const SIGNALS: Readonly<Record<string, number>> = { SIGINT: 2, SIGKILL: 9, SIGSEGV: 11, SIGPIPE: 13, SIGTERM: 15 };

/** busybox 1.35.0 of this machine with links for its applets; undefined where there is none. */
export class Busybox {
  readonly #bin: string;

  private constructor(bin: string) {
    this.#bin = bin;
  }

  static find(): Busybox | undefined {
    const version = spawnSync("busybox", [], { encoding: "latin1" });
    if (version.error || !version.stdout.startsWith("BusyBox v1.35.0")) return undefined;
    const bin = mkdtempSync(join(tmpdir(), "kelp-busybox-"));
    spawnSync("busybox", ["--install", "-s", bin]);
    return new Busybox(bin);
  }

  run(script: string): RecordedCase {
    const folder = mkdtempSync(join(tmpdir(), "kelp-case-"));
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
    // One descriptor for both outputs, so that their order is kept: the outer sh becomes the tested one.
    const outer = `exec ${join(this.#bin, "env")} -i PATH=${this.#bin} HOME=/root ${join(this.#bin, "sh")} -c "$SCRIPT" 2>&1`;
    const argv0 = outer.replace(`${join(this.#bin, "sh")} -c`, "sh -c");
    const result = spawnSync(join(this.#bin, "sh"), ["-c", argv0], {
      cwd: folder,
      env: { SCRIPT: `${script}\n`, PATH: this.#bin },
      encoding: "latin1",
      input: "",
      timeout: 20_000,
    });
    rmSync(folder, { recursive: true });
    const status = result.status ?? 128 + (SIGNALS[result.signal ?? ""] ?? 0);
    return { script, out: result.stdout.replaceAll(folder, WORK), status };
  }

  remove(): void {
    rmSync(this.#bin, { recursive: true });
  }
}
