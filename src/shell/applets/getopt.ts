// getopt: options of shell scripts put in order, short and long, quoted for eval.
import type { Sys } from "../sys/request.js";
import type { AppletTable, Io } from "./applet.js";

type Takes = "nothing" | "value" | "maybe";

interface Grammar {
  short: ReadonlyMap<string, Takes>;
  long: ReadonlyMap<string, Takes>;
  /** "+": options end at the first operand; "-": operands stay where they are. */
  order: "" | "+" | "-";
  /** Long options may begin with one "-". */
  alternative: boolean;
}

const colons = (text: string): Takes => (text.startsWith("::") ? "maybe" : text.startsWith(":") ? "value" : "nothing");

function parseShort(text: string): Map<string, Takes> {
  const letters = new Map<string, Takes>();
  for (let at = 0; at < text.length; at++) if (text[at] !== ":") letters.set(text[at] ?? "", colons(text.slice(at + 1)));
  return letters;
}

function parseLong(texts: readonly string[]): Map<string, Takes> {
  const words = texts.flatMap((text) => text.split(/[\s,]+/)).filter((word) => word !== "");
  return new Map(words.map((word) => [word.replace(/:*$/, ""), colons(word.slice(word.replace(/:*$/, "").length))]));
}

interface Sorted {
  words: { text: string; value: boolean }[];
  operands: string[];
  errors: string[];
}

/** The option that a name stands for, if it is the beginning of one alone (aliases that take the same count as one). */
function longOption(name: string, { long }: Grammar): { name: string; takes: Takes } | "ambiguous" | undefined {
  const exact = long.get(name);
  if (exact !== undefined) return { name, takes: exact };
  const found = [...long].filter(([key]) => key.startsWith(name));
  const [first] = found;
  if (!first) return undefined;
  return found.every(([, takes]) => takes === first[1]) ? { name: first[0], takes: first[1] } : "ambiguous";
}

function sortWords(args: readonly string[], grammar: Grammar): Sorted {
  const out: Sorted = { words: [], operands: [], errors: [] };
  const option = (text: string): void => void out.words.push({ text, value: false });
  const value = (text: string): void => void out.words.push({ text, value: true });
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (arg === "--") {
      out.operands.push(...args.slice(at + 1));
      break;
    }
    if (arg === "-" || !arg.startsWith("-")) {
      if (grammar.order === "+") {
        out.operands.push(...args.slice(at));
        break;
      }
      if (grammar.order === "-") value(arg);
      else out.operands.push(arg);
      continue;
    }
    const isLong = arg.startsWith("--") || (grammar.alternative && (arg.length > 2 || !grammar.short.has(arg[1] ?? "")));
    if (isLong) {
      const [name = "", ...given] = arg.replace(/^--?/, "").split("=");
      const found = longOption(name, grammar);
      if (found === undefined) out.errors.push(`unrecognized option '${arg.replace(/=.*/s, "")}'`);
      else if (found === "ambiguous") out.errors.push(`option '${arg}' is ambiguous`);
      else if (found.takes === "nothing" && given.length > 0) out.errors.push(`option '--${found.name}' doesn't allow an argument`);
      else if (found.takes === "value" && given.length === 0 && at + 1 >= args.length)
        out.errors.push(`option '--${found.name}' requires an argument`);
      else {
        option(`--${found.name}`);
        if (given.length > 0) value(given.join("="));
        else if (found.takes === "value") value(args[++at] ?? "");
        else if (found.takes === "maybe") value("");
      }
      continue;
    }
    for (let n = 1; n < arg.length; n++) {
      const letter = arg[n] ?? "";
      const takes = grammar.short.get(letter);
      if (takes === undefined) {
        out.errors.push(`invalid option -- '${letter}'`);
        continue;
      }
      const rest = arg.slice(n + 1);
      if (takes === "value" && rest === "" && at + 1 >= args.length) {
        out.errors.push(`option requires an argument -- '${letter}'`);
        break;
      }
      option(`-${letter}`);
      if (takes === "nothing") continue;
      value(takes === "value" && rest === "" ? (args[++at] ?? "") : rest);
      break;
    }
  }
  return out;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function* getopt(io: Io): Sys<number> {
  // Old style: the letters first, nothing quoted.
  const old = io.args[0] !== undefined && !io.args[0].startsWith("-");
  const options = yield* io.optionsOf(old ? [] : io.args, "+o:n:qQl:aTus:", {
    options: "o",
    longoptions: "l",
    quiet: "q",
    "quiet-output": "Q",
    shell: "s",
    test: "T",
    unquoted: "u",
    alternative: "a",
    name: "n",
  });
  if (options.has("T")) return 4;
  let args = old ? io.args.slice(1) : [...options.operands];
  let letters = options.value("o");
  if (old) letters = io.args[0];
  else if (letters === undefined) letters = args.shift();
  if (letters === undefined) return yield* io.die("missing optstring argument");
  if (old && args[0] === "--") args = args.slice(1);
  const order = /^[-+]/.exec(letters)?.[0] === "+" ? "+" : letters.startsWith("-") ? "-" : "";
  const grammar: Grammar = {
    short: parseShort(letters.replace(/^[-+]/, "")),
    long: parseLong(options.values("l")),
    order,
    alternative: options.has("a"),
  };
  const { words, operands, errors } = sortWords(args, grammar);
  const name = options.value("n") ?? io.name;
  if (!options.has("q")) for (const error of errors) yield* io.complain(`${name}: ${error}`);
  const plain = old || options.has("u");
  const shown = words.map(({ text, value }) => (value && !plain ? quoted(text) : text));
  const rest = operands.map((text) => (plain ? text : quoted(text)));
  if (!options.has("Q")) yield* io.put(`${[...shown, "--", ...rest].map((text) => ` ${text}`).join("")}\n`);
  return errors.length > 0 ? 1 : 0;
}

export const GETOPT: AppletTable = {
  getopt: {
    usage:
      '[-aqQTu] [-l LONGS] [-n NAME] -o LETTERS -- ARGS\n\nPut options in order, for eval "set -- ..."\n\n\t-o\tLetters; : behind one that takes a value, :: behind one that may\n\t-l\tLong names, the same way\n' +
      "\t-a\tLong ones may begin with one -\n\t-n\tName in messages\n\t-q, -Q\tNo messages, no output\n\t-u\tNo quotes\n\t-T\tStatus 4: this one knows quotes",
    run: getopt,
  },
};
