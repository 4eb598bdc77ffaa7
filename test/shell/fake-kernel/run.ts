// Runs a shell command in the fake kernel and gives what came of it.
import { appletNames, createUserGate } from "../../../src/shell/index.js";
import { openNode } from "./files.js";
import { FakeKernel, type Task } from "./kernel.js";

export interface Outcome {
  out: string;
  status: number;
  kernel: FakeKernel;
}

export interface RunOptions {
  files?: Readonly<Record<string, string>>;
  stdin?: string;
  cwd?: string;
  env?: readonly string[];
}

export function newKernel(files: Readonly<Record<string, string>> = {}): FakeKernel {
  const kernel = new FakeKernel(createUserGate());
  kernel.installApplets(appletNames);
  for (const [path, text] of Object.entries(files)) kernel.tree.put(path, text, text.startsWith("#!") ? 0o100755 : 0o100644);
  return kernel;
}

/** Runs a program to its end; standard output and error go to one place. */
export function runProgram(argv: readonly string[], options: RunOptions = {}): Outcome {
  const kernel = newKernel(options.files);
  const sink = openNode(kernel.tree.make(0o100644), "", true);
  const input = openNode(kernel.tree.put("/stdin", options.stdin ?? ""), "", false);
  kernel.tree.put(options.cwd ?? "/work", undefined);
  // pid 1 is nobody: a parent that collects orphans.
  const files = new Map([
    [0, input],
    [1, sink],
    [2, sink],
  ]);
  const task = kernel.start(argv, { env: options.env ?? ["PATH=/bin", "HOME=/root"], cwd: options.cwd ?? "/work", files });
  kernel.tasks.set(-1, reaper());
  task.parent = -1;
  kernel.run();
  const status = task.status ?? -1;
  const code = (status & 0x7f) === 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
  return { out: sink.node?.data.toString("latin1") ?? "", status: code, kernel };
}

export function sh(text: string, options: RunOptions = {}): Outcome {
  return runProgram(["sh", "-c", text], options);
}

/** A dead parent, so that the first task stays a zombie and its status can be read. */
function reaper(): Task {
  const kernel = new FakeKernel({ call: () => ({ kind: "done" }) });
  const task = kernel.start(["reaper"]);
  task.status = 0;
  return task;
}
