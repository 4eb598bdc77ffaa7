// File modes as chmod, mkdir -m and umask-like arguments write them.

const WHO: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 };
const PERMISSIONS: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000 };

/** The new mode, from an octal or a symbolic text; undefined where it is neither. `mask`: the umask, for clauses that name nobody. */
export function parseMode(text: string, old: number, mask: number): number | undefined {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8);
  let mode = old & 0o7777;
  const folder = (old & 0o170000) === 0o040000;
  for (const clause of text.split(",")) {
    const match = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(clause);
    if (!match) return undefined;
    const named = match[1] ?? "";
    let who = named === "" ? 0o7777 & ~mask : 0;
    for (const letter of named) who |= WHO[letter] ?? 0;
    for (const [, operator = "", letters = ""] of (match[2] ?? "").matchAll(/([-+=])([^-+=]*)/g)) {
      let bits = 0;
      for (const letter of letters) {
        if (letter === "X") bits |= folder || mode & 0o111 ? 0o111 : 0;
        else if ("ugo".includes(letter)) bits |= ((mode >> { u: 6, g: 3, o: 0 }[letter as "u" | "g" | "o"]) & 7) * 0o111;
        else bits |= PERMISSIONS[letter] ?? 0;
      }
      if (operator === "-") mode &= ~(bits & who);
      else {
        if (operator === "=") mode &= ~(named === "" ? 0o777 : who & (folder ? 0o777 : 0o7777));
        mode |= bits & who;
      }
    }
  }
  return mode;
}
