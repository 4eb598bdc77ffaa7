// A shell at the fake kernel's console: what a user types and what the screen gets.

import type { FakeKernel } from "./kernel.js";
import { newKernel } from "./run.js";

/** Seconds. */
const MOMENT = 0.2;

export class Console {
  readonly kernel: FakeKernel;
  #seen = 0;

  constructor(options: { files?: Readonly<Record<string, string>>; env?: readonly string[] } = {}) {
    this.kernel = newKernel({ "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n", "/etc/group": "root:x:0:\n", ...options.files });
    if (options.env) this.kernel.tree.put("/run/kelp/env", `${options.env.join("\n")}\n`);
    this.kernel.start(["init"]);
    this.kernel.run();
  }

  /** What has come since the last call. */
  take(): string {
    const text = this.kernel.terminal.output.slice(this.#seen);
    this.#seen = this.kernel.terminal.output.length;
    return text;
  }

  /** Types and gives what the screen shows of it. A moment passes, in which short commands end and sleeping ones go on sleeping. */
  type(text: string): string {
    this.kernel.terminal.type(text);
    return this.wait(MOMENT);
  }

  /** Lets guest time pass; what the screen shows meanwhile. */
  wait(seconds: number): string {
    this.kernel.timeLimit = this.kernel.now + seconds * 1e9;
    this.kernel.run();
    this.kernel.now = Math.max(this.kernel.now, this.kernel.timeLimit);
    this.kernel.run();
    return this.take();
  }

  get status(): string | undefined {
    return this.kernel.text("/run/kelp/status");
  }
}
