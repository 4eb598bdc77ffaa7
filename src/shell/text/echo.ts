// echo's arguments to its output. Used by the applet and by sh's builtin.

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

export interface Unescaped {
  text: string;
  /** A \c was met: no output comes after it. */
  stopped: boolean;
}

/** C escapes of `echo -e` and printf's %b: \0ooo, \ooo, \xhh and \c among them. */
export function unescapeEcho(raw: string): Unescaped {
  let text = "";
  for (let at = 0; at < raw.length; at++) {
    const char = raw[at] ?? "";
    if (char !== "\\" || at + 1 >= raw.length) {
      text += char;
      continue;
    }
    const code = raw[++at] ?? "";
    if (code === "c") return { text, stopped: true };
    const octal = /^(0[0-7]{0,3}|[1-7][0-7]{0,2})/.exec(raw.slice(at, at + 4))?.[0];
    const hex = /^x[0-9A-Fa-f]{1,2}/.exec(raw.slice(at, at + 3))?.[0];
    if (octal !== undefined) {
      text += String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
      at += octal.length - 1;
    } else if (hex !== undefined) {
      text += String.fromCharCode(Number.parseInt(hex.slice(1), 16));
      at += hex.length - 1;
    } else text += SIMPLE[code] ?? `\\${code}`;
  }
  return { text, stopped: false };
}

/** What echo prints. Options are n, e and E, several in one word. */
export function echoText(args: readonly string[]): string {
  let newline = true;
  let escapes = false;
  let first = 0;
  for (; /^-[neE]+$/.test(args[first] ?? ""); first++) {
    for (const letter of (args[first] ?? "").slice(1)) {
      if (letter === "n") newline = false;
      else escapes = letter === "e";
    }
  }
  const text = args.slice(first).join(" ");
  if (!escapes) return newline ? text + "\n" : text;
  const { text: out, stopped } = unescapeEcho(text);
  return newline && !stopped ? out + "\n" : out;
}
