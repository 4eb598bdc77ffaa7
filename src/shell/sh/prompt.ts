// PS1 and PS2: parameters are expanded as in double quotes, then the backslash escapes of busybox's prompts.
import { formatTime } from "../applets/format.js";
import { getuid } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { CLOCK_REALTIME, clockGettime, uname } from "../sys/system.js";
import { expandQuoted } from "./expand.js";
import { parserFor } from "./parser.js";
import type { Shell } from "./shell.js";

/** The prompt's text; \[ and \] only mark what takes no room, which the line editor sees by itself. */
export function* expandPrompt(sh: Shell, name: "PS1" | "PS2" | "PS4"): Sys<string> {
  const status = sh.status;
  const raw = sh.variables.get(name) ?? "";
  const text = /[$`]/.test(raw.replace(/\\\$/g, "")) ? yield* expandParameters(sh, raw) : raw;
  let out = "";
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== "\\" || at + 1 >= text.length) {
      out += text[at];
      continue;
    }
    const code = text[++at] ?? "";
    const octal = /^[0-7]{3}/.exec(text.slice(at, at + 3))?.[0];
    if (octal !== undefined) {
      out += String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
      at += 2;
      continue;
    }
    const hex = /^x([0-9A-Fa-f]{1,2})/.exec(text.slice(at, at + 3));
    if (hex) {
      out += String.fromCharCode(Number.parseInt(hex[1] ?? "", 16));
      at += hex[0].length - 1;
    } else out += yield* escapeCode(sh, code);
  }
  sh.status = status;
  return out;
}

/** Reads the prompt as a here-document's body, in which quotes are plain characters. */
function* expandParameters(sh: Shell, raw: string): Sys<string> {
  const kept = raw.replace(/\\(?=[^$`\\])/g, "\\\\").replace(/\\\$/g, "\\\\\\$");
  const parser = parserFor(`:<<E\n${kept}\nE\n`, { final: true, aliases: new Map(), line: 0 });
  const command = parser.next();
  const body = command?.kind === "simple" ? command.redirects[0]?.body : undefined;
  return body ? (yield* expandQuoted(sh, body)).replace(/\n$/, "") : raw;
}

function* escapeCode(sh: Shell, code: string): Sys<string> {
  switch (code) {
    case "u":
      return (yield* getuid()) === 0 ? "root" : (sh.variables.get("USER") ?? "");
    case "h":
    case "H": {
      const name = yield* uname();
      const host = typeof name === "number" ? "" : name.nodename;
      return code === "h" ? (host.split(".")[0] ?? "") : host;
    }
    case "$":
      return (yield* getuid()) === 0 ? "#" : "$";
    case "w":
    case "W": {
      const home = sh.variables.get("HOME");
      let directory = sh.directory;
      const below = home !== undefined && home !== "/" && (directory === home || directory.startsWith(`${home}/`));
      if (below) directory = `~${directory.slice(home.length)}`;
      return code === "w" || directory === "/" ? directory : directory.slice(directory.lastIndexOf("/") + 1);
    }
    case "n":
      return "\n";
    case "r":
      return "\r";
    case "t":
    case "T":
    case "@":
    case "A":
      return formatTime("%H:%M", yield* clockGettime(CLOCK_REALTIME));
    case "v":
      return "\v";
    case "f":
      return "\f";
    case "b":
      return "\b";
    case "e":
    case "E":
      return "\x1b";
    case "a":
      return "\x07";
    case "[":
    case "]":
      return "";
    default:
      return code;
  }
}
