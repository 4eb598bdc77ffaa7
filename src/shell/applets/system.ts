// What the system is: uname hostname id whoami uptime free nproc pwd mount umount poweroff reboot halt.
import { strerror } from "../../abi/errno.js";
import { SYS } from "../../abi/syscalls.js";
import {
  call,
  getcwd,
  getuid,
  mount,
  RB_AUTOBOOT,
  RB_HALT_SYSTEM,
  RB_POWER_OFF,
  reboot,
  sethostname,
  sync,
  umount2,
} from "../sys/calls.js";
import { readFile } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { CLOCK_REALTIME, clockGettime, sysinfo, uname } from "../sys/system.js";
import { accountName, accounts } from "./accounts.js";
import type { AppletTable, Io } from "./applet.js";
import { formatTime } from "./format.js";
import { linesOf } from "./input.js";

const UNAME_ORDER = "snrvmpio";

function* unameApplet(io: Io): Sys<number> {
  const options = yield* io.options("amnrspvio");
  if (options.operands.length > 0) return yield* io.showUsage();
  const name = yield* uname();
  if (typeof name === "number") return yield* io.die(`uname: ${strerror(name)}`);
  const values: Readonly<Record<string, string>> = {
    s: name.sysname,
    n: name.nodename,
    r: name.release,
    v: name.version,
    m: name.machine,
    p: "unknown",
    i: "unknown",
    o: "GNU/Linux",
  };
  const all = options.has("a");
  let wanted = [...UNAME_ORDER].filter((letter) => options.has(letter) || (all && letter !== "p" && letter !== "i"));
  if (wanted.length === 0) wanted = ["s"];
  yield* io.put(`${wanted.map((letter) => values[letter]).join(" ")}\n`);
  return 0;
}

function* hostname(io: Io): Sys<number> {
  const options = yield* io.options("sfidF:");
  const given = options.operands[0];
  if (given !== undefined) {
    const result = yield* sethostname(given);
    return result < 0 ? yield* io.die(`sethostname: ${strerror(result)}`) : 0;
  }
  const name = yield* uname();
  const text = typeof name === "number" ? "" : name.nodename;
  yield* io.put(`${options.has("s") ? (text.split(".")[0] ?? "") : text}\n`);
  return 0;
}

function* id(io: Io): Sys<number> {
  const options = yield* io.options("ugGnr");
  const uid = yield* getuid();
  const gid = yield* call(SYS.getgid);
  const user = accountName(yield* accounts("/etc/passwd"), uid);
  const group = accountName(yield* accounts("/etc/group"), gid);
  if (options.has("u")) yield* io.put(`${options.has("n") ? user : uid}\n`);
  else if (options.has("g") || options.has("G")) yield* io.put(`${options.has("n") ? group : gid}\n`);
  else yield* io.put(`uid=${uid}(${user}) gid=${gid}(${group})\n`);
  return 0;
}

function* uptime(io: Io): Sys<number> {
  const info = yield* sysinfo();
  if (typeof info === "number") return yield* io.die(`sysinfo: ${strerror(info)}`);
  const now = yield* clockGettime(CLOCK_REALTIME);
  const days = Math.floor(info.uptime / 86400);
  const hours = Math.floor(info.uptime / 3600) % 24;
  const minutes = Math.floor(info.uptime / 60) % 60;
  let text = ` ${formatTime("%H:%M:%S", now)} up `;
  if (days > 0) text += `${days} day${days === 1 ? "" : "s"}, `;
  text += hours > 0 ? `${String(hours).padStart(2)}:${String(minutes).padStart(2, "0")}` : `${minutes} min`;
  yield* io.put(`${text},  0 users,  load average: ${info.loads.map((load) => load.toFixed(2)).join(", ")}\n`);
  return 0;
}

function* free(io: Io): Sys<number> {
  const options = yield* io.options("bkmgh");
  const shift = options.has("b") ? 1 : options.has("m") ? 1048576 : options.has("g") ? 1073741824 : 1024;
  const text = yield* readFile("/proc/meminfo");
  const info = yield* sysinfo();
  if (typeof info === "number") return yield* io.die(`sysinfo: ${strerror(info)}`);
  const memory = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+([0-9]+)`, "m").exec(typeof text === "number" ? "" : text)?.[1] ?? 0) * 1024;
  const cached = memory("Cached") + memory("SReclaimable");
  const used = info.totalram - info.freeram - info.bufferram - cached;
  const available = memory("MemAvailable") || info.freeram + info.bufferram + cached;
  const row = (name: string, values: readonly number[]): string =>
    `${name.padEnd(8)}${values.map((value) => String(Math.floor(value / shift)).padStart(12)).join("")}\n`;
  yield* io.put("              total        used        free      shared  buff/cache   available\n");
  yield* io.put(row("Mem:", [info.totalram, used, info.freeram, info.sharedram, info.bufferram + cached, available]));
  yield* io.put(row("Swap:", [info.totalswap, info.totalswap - info.freeswap, info.freeswap]));
  return 0;
}

function* nproc(io: Io): Sys<number> {
  const text = yield* readFile("/sys/devices/system/cpu/online");
  let count = 0;
  for (const part of typeof text === "number" ? [] : text.trim().split(",")) {
    const [first = 0, last = first] = part.split("-").map(Number);
    count += last - first + 1;
  }
  if (count === 0) {
    const info = yield* readFile("/proc/cpuinfo");
    count = typeof info === "number" ? 1 : (info.match(/^processor/gm)?.length ?? 1);
  }
  yield* io.put(`${count}\n`);
  return 0;
}

const MOUNT_FLAGS: Readonly<Record<string, number>> = {
  ro: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  sync: 16,
  remount: 32,
  bind: 4096,
  rw: 0,
  defaults: 0,
};

/** One name alone: device or folder of a mount (to change its options) or of a line of fstab. The last one counts. */
function* knownMount(io: Io, name: string, remount: boolean): Sys<[string, string]> {
  const table = remount ? "/proc/mounts" : "/etc/fstab";
  const text = yield* readFile(table);
  const lines = typeof text === "string" ? linesOf(text).map((line) => line.split(/[ \t]+/)) : [];
  const found = lines.filter(([device, place]) => device === name || place === name).at(-1);
  return found ? [found[0] ?? "", found[1] ?? ""] : yield* io.die(`can't find ${name} in ${table}`);
}

function* mountApplet(io: Io): Sys<number> {
  const options = yield* io.options("o:t:rwafinO:T:");
  const [first, target] = options.operands;
  if (first === undefined) {
    const text = yield* readFile("/proc/mounts");
    if (typeof text === "number") return yield* io.die(`can't open '/proc/mounts': ${strerror(text)}`);
    for (const line of linesOf(text)) {
      const [device, place, type, flags] = line.split(" ");
      yield* io.put(`${device} on ${place} type ${type} (${flags})\n`);
    }
    return 0;
  }
  const remount = options.values("o").some((text) => text.split(",").includes("remount"));
  const [device, place] = target === undefined ? yield* knownMount(io, first, remount) : [first, target];
  let flags = options.has("r") ? 1 : 0;
  const data: string[] = [];
  for (const word of options.values("o").flatMap((text) => text.split(","))) {
    const flag = MOUNT_FLAGS[word];
    if (flag === undefined) data.push(word);
    else flags |= flag;
  }
  const result = yield* mount(device, place, options.value("t") ?? "", flags, data.length > 0 ? data.join(",") : undefined);
  return result < 0 ? yield* io.die(`mounting ${device} on ${place} failed: ${strerror(result)}`, 255) : 0;
}

const MNT_FORCE = 1;
const MNT_DETACH = 2;

function* umount(io: Io): Sys<number> {
  const options = yield* io.options("rlfdnat:");
  if (options.operands.length === 0) return yield* io.showUsage();
  const flags = (options.has("f") ? MNT_FORCE : 0) | (options.has("l") ? MNT_DETACH : 0);
  let status = 0;
  for (const target of options.operands) {
    const result = yield* umount2(target, flags);
    if (result >= 0) continue;
    yield* io.error(`can't unmount ${target}: ${strerror(result)}`);
    status = 1;
  }
  return status;
}

/** Ends the machine at once: there are no services to stop first. */
const power = (command: number) =>
  function* (io: Io): Sys<number> {
    const options = yield* io.options("d:nf");
    if (!options.has("n")) yield* sync();
    const result = yield* reboot(command);
    return result < 0 ? yield* io.die(`reboot: ${strerror(result)}`) : 0;
  };

const POWER_USAGE = "[-nf]\n\nEnd the machine's run\n\n\t-n\tDo not write buffers to disk first\n\t-f\tAt once (always so)";

export const SYSTEM: AppletTable = {
  uname: {
    usage:
      "[-amnrspvio]\n\nPrint the system's names\n\n\t-a\tAll\n\t-m\tMachine\n\t-n\tHost\n\t-r, -v\tKernel's release, version\n\t-s\tKernel (default)\n\t-p, -i\tProcessor, platform\n\t-o\tOperating system",
    run: unameApplet,
  },
  hostname: { usage: "[-s] [NAME]\n\nPrint or set the host's name\n\n\t-s\tUp to the first dot", run: hostname },
  id: { usage: "[-ugGn]\n\nPrint user and group\n\n\t-u, -g, -G\tOnly the user, the group, all groups\n\t-n\tNames", run: id },
  whoami: {
    usage: "\n\nPrint the user's name",
    *run(io) {
      yield* io.put(`${accountName(yield* accounts("/etc/passwd"), yield* getuid())}\n`);
      return 0;
    },
  },
  uptime: { usage: "\n\nPrint for how long the system has been up", run: uptime },
  free: { usage: "[-bkmg]\n\nPrint how much memory is free", run: free },
  nproc: { usage: "\n\nPrint the number of CPUs", run: nproc },
  pwd: {
    usage: "\n\nPrint the working folder",
    *run(io) {
      const path = yield* getcwd();
      if (typeof path === "number") return yield* io.die(`getcwd: ${strerror(path)}`);
      yield* io.put(`${path}\n`);
      return 0;
    },
  },
  mount: { usage: "[-r] [-t TYPE] [-o OPT,...] DEVICE DIR\n\nMount a file system; without arguments list them", run: mountApplet },
  umount: { usage: "[-lf] DIR...\n\nUnmount file systems\n\n\t-l\tLater, when nobody uses it\n\t-f\tForce it", run: umount },
  poweroff: { usage: POWER_USAGE, run: power(RB_POWER_OFF) },
  halt: { usage: POWER_USAGE, run: power(RB_HALT_SYSTEM) },
  reboot: { usage: POWER_USAGE, run: power(RB_AUTOBOOT) },
};
