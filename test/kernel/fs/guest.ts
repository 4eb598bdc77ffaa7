// Runs shell scripts and foreign programs in the guest, for the tests of the kernel's file side.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface GuestResult {
  readonly out: string;
  readonly status: number | null;
}

/** Boots, runs the script as a file, gives what it printed. The closing kernel message of the power-off is not part of it. */
export function guest(script: string): GuestResult {
  const folder = mkdtempSync(join(tmpdir(), "kelp-guest-"));
  const file = join(folder, "script.sh");
  writeFileSync(file, script);
  const { stdout, status } = spawnSync(process.execPath, ["dist/src/cli/main.js", "run", "--append", "quiet", "--timeout", "120", file], {
    encoding: "latin1",
  });
  rmSync(folder, { recursive: true });
  return { out: stdout.replace(/\[ *\d+\.\d+\] reboot: .*\n$/, ""), status };
}

/** Shell lines that make an executable file with these bytes. */
export function fileLines(path: string, bytes: Uint8Array): string {
  const lines: string[] = [`: > ${path}`];
  for (let at = 0; at < bytes.length; at += 512) {
    const text = Array.from(bytes.subarray(at, at + 512), (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
    lines.push(`printf '${text}' >> ${path}`);
  }
  return `${lines.join("\n")}\nchmod 755 ${path}\n`;
}

/** A static program without a C library, or undefined where there is no gcc. */
export function compileStatic(source: string): Uint8Array | undefined {
  const folder = mkdtempSync(join(tmpdir(), "kelp-static-"));
  try {
    const input = join(folder, "program.c");
    const output = join(folder, "program");
    writeFileSync(input, source);
    const flags = [
      "-static",
      "-nostdlib",
      "-no-pie",
      "-ffreestanding",
      "-mgeneral-regs-only",
      "-fno-stack-protector",
      "-fcf-protection=none",
      "-O1",
      "-s",
    ];
    const made = spawnSync("gcc", [...flags, "-Wl,--build-id=none", "-Wl,-z,norelro", "-o", output, input], { encoding: "utf8" });
    if (made.error !== undefined) return undefined;
    if (made.status !== 0) throw new Error(made.stderr);
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
