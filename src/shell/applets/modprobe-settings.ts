// What /etc/modprobe.conf and /etc/modprobe.d/*.conf tell modprobe: `alias PATTERN MODULE` and `options MODULE NAME=VALUE…`.
import { readFile } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { readDirectory } from "../sys/stat.js";
import { linesOf } from "./input.js";

export interface ModprobeSettings {
  aliases: (readonly [pattern: string, module: string])[];
  /** By module name, dashes as underscores. */
  options: Map<string, string>;
}

export function* modprobeSettings(): Sys<ModprobeSettings> {
  const settings: ModprobeSettings = { aliases: [], options: new Map() };
  const folder = "/etc/modprobe.d";
  const names = yield* readDirectory(folder);
  const files = typeof names === "number" ? [] : names.map(({ name }) => name).filter((name) => /^[^.].*\.conf$/.test(name));
  for (const file of ["/etc/modprobe.conf", ...files.sort().map((name) => `${folder}/${name}`)]) {
    const text = yield* readFile(file);
    if (typeof text === "number") continue;
    for (const line of linesOf(text)) {
      const [word, name, ...rest] = line.replace(/#.*/, "").trim().split(/\s+/);
      if (name === undefined || rest.length === 0) continue;
      if (word === "alias") settings.aliases.push([name, rest[0] ?? ""]);
      const key = name.replaceAll("-", "_");
      if (word === "options") settings.options.set(key, `${settings.options.get(key) ?? ""} ${rest.join(" ")}`.trimStart());
    }
  }
  return settings;
}
