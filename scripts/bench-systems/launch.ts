// How each system of the comparison is started: kelp, a real Linux under qemu without KVM, and the host itself.

import { spawnSync } from "node:child_process";
import { accessSync, constants, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cpio, type Entry } from "./cpio.js";
import type { Launch } from "./system.js";

const QEMU = "qemu-system-x86_64";
const SERVER = "bench-serve";

function readable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

const runs = (command: string): boolean => spawnSync(command, ["--version"]).status === 0;

/** @param root a checkout of kelp, built. */
export function kelp(root: string, name: string, cpus: number): Launch {
  const args = [join(root, "dist/src/cli/main.js"), "run", "--cpus", String(cpus), "-c", `exec ${SERVER}`];
  return { name, command: process.execPath, args, programs: "/usr/bin" };
}

/** @returns why not, where the host cannot run the programs. */
export function host(programs: string, cpus: number): Launch | string {
  if (process.platform !== "linux" || process.arch !== "x64") return "the host is not x86-64 Linux";
  const server = join(programs, SERVER);
  if (!runs("taskset")) return { name: "host", command: server, args: [], programs };
  return { name: "host", command: "taskset", args: ["-c", `0-${cpus - 1}`, server], programs };
}

/** The kernel that is to run under qemu: named, or the newest that lies in /boot. */
export function linuxImage(named: string | undefined): string | undefined {
  const wanted = named ?? process.env.KELP_BENCH_LINUX;
  if (wanted !== undefined) return wanted;
  let names: string[] = [];
  try {
    names = readdirSync("/boot");
  } catch {
    // No such folder: no kernel.
  }
  const byVersion = new Intl.Collator("en", { numeric: true }).compare;
  const images = names.filter((name) => name.startsWith("vmlinuz-")).sort(byVersion);
  return images
    .map((name) => `/boot/${name}`)
    .filter(readable)
    .at(-1);
}

/**
 * Linux on emulated processors, nothing in it but the programs. Mitigations against processor bugs are off: kelp's kernel has none.
 * @returns why not, where there is no qemu or no kernel.
 */
export function linux(image: string | undefined, programs: string, folder: string, cpus: number): Launch | string {
  if (!runs(QEMU)) return `${QEMU} is not installed`;
  if (image === undefined) return "no kernel is readable in /boot; name one by --linux FILE or KELP_BENCH_LINUX";
  if (!readable(image)) return `${image} is not readable`;
  const names = readdirSync(programs).filter((name) => name.startsWith("bench-"));
  const files = names.map((name): Entry => ({ name, content: { file: readFileSync(join(programs, name)) } }));
  const device: Entry[] = [
    { name: "dev", content: "folder" },
    { name: "dev/console", content: { device: [5, 1] } },
  ];
  const initramfs = join(folder, "initramfs.cpio");
  writeFileSync(initramfs, cpio([...device, ...files]));
  const parameters = `console=ttyS0 loglevel=1 mitigations=off nokaslr panic=-1 rdinit=/${SERVER}`;
  const args = ["-accel", "tcg", "-smp", String(cpus), "-m", "512", "-kernel", image, "-initrd", initramfs, "-append", parameters];
  args.push("-display", "none", "-monitor", "none", "-serial", "stdio", "-nodefaults", "-no-reboot");
  return { name: "qemu", command: QEMU, args, programs: "" };
}
