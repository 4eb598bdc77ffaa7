// Builds the guest's root volume: rootfs/ as it lies in the checkout, a link for each applet, the built modules, and what init
// shall run.

import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { Volume } from "memfs";
import { GATE_MAGIC } from "../abi/gate.js";
import { RUN_COMMAND, RUN_ENVIRONMENT, RUN_FILES, RUN_FOLDER, RUN_MODE, RUN_SCRIPT, RUN_TERMINAL } from "../abi/run-protocol.js";
import { addPrograms } from "./guest-programs.js";
import { MODULES, ROOTFS } from "./project-files.js";

/** What uname -r says. */
const RELEASE = "6.1.0-kelp";

/** The program file behind all applets, and the folders that hold links to it. */
const APPLET_BINARY = "/bin/busybox";
const SBIN = new Set(["init", "insmod", "rmmod", "lsmod", "modprobe", "depmod", "reboot", "poweroff", "halt", "sysctl", "getty"]);
/** Modules that a distribution would install for modprobe. */
const INSTALLED_MODULES = ["hello", "hello_user", "livepatch-sample"];
/** Mount points and folders that git cannot keep empty. */
const FOLDERS = ["/bin", "/dev", "/etc", "/proc", "/root", "/run", "/sbin", "/sys", "/tmp", "/usr/bin", "/usr/sbin", "/var"];

export type FirstProgram =
  | { mode: "console"; environment: readonly string[] }
  | { mode: "command"; text: string }
  | { mode: "script"; name: string; bytes: Uint8Array };

/** @param terminal words for RUN_TERMINAL. */
export function buildVolume(appletNames: readonly string[], first: FirstProgram, terminal: string): Volume {
  const volume = new Volume();
  for (const folder of FOLDERS) volume.mkdirSync(folder, { recursive: true, mode: 0o755 });
  volume.chmodSync("/", 0o755);
  volume.chmodSync("/tmp", 0o1777);
  if (existsSync(ROOTFS)) copyTree(volume, ROOTFS, "/");
  addApplets(volume, appletNames);
  addModules(volume);
  addPrograms(volume);
  addFirstProgram(volume, first);
  if (terminal !== "") writeFile(volume, RUN_TERMINAL, `${terminal}\n`);
  return volume;
}

function copyTree(volume: Volume, from: string, to: string): void {
  for (const name of readdirSync(from).sort()) {
    if (name === ".gitkeep") continue;
    const source = join(from, name);
    const target = to === "/" ? `/${name}` : `${to}/${name}`;
    const stat = lstatSync(source);
    if (stat.isDirectory()) {
      volume.mkdirSync(target, { recursive: true, mode: 0o755 });
      copyTree(volume, source, target);
    } else if (stat.isSymbolicLink()) {
      addLink(volume, readlinkSync(source), target);
    } else if (stat.isFile()) {
      // The host's umask is not the guest's: only the executable bit counts, as in git.
      writeFile(volume, target, readFileSync(source), stat.mode & 0o100 ? 0o755 : 0o644);
    }
  }
}

function writeFile(volume: Volume, path: string, bytes: Uint8Array | string, mode = 0o644): void {
  volume.writeFileSync(path, typeof bytes === "string" ? bytes : Buffer.from(bytes), { mode });
}

/** Linux has no permissions of links: all are set. */
export function addLink(volume: Volume, target: string, path: string): void {
  volume.symlinkSync(target, path);
  volume.lchmodSync(path, 0o777);
}

function addApplets(volume: Volume, names: readonly string[]): void {
  writeFile(volume, APPLET_BINARY, GATE_MAGIC, 0o755);
  for (const name of names) {
    const path = SBIN.has(name) ? `/sbin/${name}` : `/bin/${name}`;
    if (path !== APPLET_BINARY && !volume.existsSync(path)) addLink(volume, SBIN.has(name) ? "../bin/busybox" : "busybox", path);
  }
}

/** modules.dep is depmod's to write, as on a system whose modules were copied there by hand. */
function addModules(volume: Volume): void {
  const library = `/lib/modules/${RELEASE}`;
  volume.mkdirSync(`${library}/extra`, { recursive: true, mode: 0o755 });
  const files = existsSync(MODULES) ? readdirSync(MODULES).sort() : [];
  for (const file of files) {
    const bytes = readFileSync(join(MODULES, file));
    writeFile(volume, `/root/${file}`, bytes);
    if (INSTALLED_MODULES.includes(file.replace(/\.ko$/, ""))) writeFile(volume, `${library}/extra/${file}`, bytes);
  }
}

function addFirstProgram(volume: Volume, first: FirstProgram): void {
  volume.mkdirSync(RUN_FOLDER, { recursive: true, mode: 0o755 });
  writeFile(volume, RUN_MODE, `${first.mode}\n`);
  if (first.mode === "console") {
    writeFile(volume, RUN_ENVIRONMENT, first.environment.map((line) => `${line}\n`).join(""));
  } else if (first.mode === "command") {
    writeFile(volume, RUN_COMMAND, `${first.text}\n`);
  } else {
    const path = `${RUN_FILES}/${first.name}`;
    volume.mkdirSync(RUN_FILES, { recursive: true, mode: 0o755 });
    writeFile(volume, path, first.bytes, 0o755);
    writeFile(volume, RUN_SCRIPT, `${path}\n`);
  }
}
