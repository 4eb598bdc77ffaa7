// One line of real output, how a transcript shows it, and whether an expected line matches it: literally, or by the annotations
// (re), (glob), (esc) and (no-eol).

const UNPRINTABLE = /[\x00-\x1f\x7f]/;
/** Output that a transcript's reader would take for something else: commands, keys, annotations, exit statuses, fences, ellipses. */
const AMBIGUOUS = /^(?:[$><](?: |$)|\[\d+\]$|`{3}|~{3}|…$)|\((?:re|glob|esc|no-eol)\)$/;
const NAMED_ESCAPES: Readonly<Record<string, string>> = { "\t": "\\t", "\r": "\\r", "\\": "\\\\" };
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|([abfnrtv\\'"]))/g;
const LETTERS: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

export interface OutputLine {
  /** One character a byte. */
  readonly bytes: string;
  readonly kind: "text" | "no-eol" | "status";
}

/** The lines of a command's output (one character a byte), then `[status]` where it is not 0. */
export function outputLines(output: string, status: number | undefined): OutputLine[] {
  const texts = output.split("\n");
  const unfinished = texts.pop() ?? "";
  const lines: OutputLine[] = texts.map((bytes) => ({ bytes, kind: "text" }));
  if (unfinished !== "") lines.push({ bytes: unfinished, kind: "no-eol" });
  if (status !== undefined && status !== 0) lines.push({ bytes: `[${status}]`, kind: "status" });
  return lines;
}

/** As the transcript is to show it. */
export function show({ bytes, kind }: OutputLine): string {
  if (kind === "status") return bytes;
  const end = kind === "no-eol" ? " (no-eol)" : "";
  const text = decodeUtf8(bytes);
  if (text !== undefined && !UNPRINTABLE.test(text) && !AMBIGUOUS.test(text)) return text + end;
  const source = text ?? bytes;
  const escaped = source.replace(text === undefined ? /[\x00-\x1f\x7f-\xff\\]/g : /[\x00-\x1f\x7f\\]/g, escapeByte);
  const clear = AMBIGUOUS.test(source) ? escapeFirst(escaped) : escaped;
  return `${clear}${end} (esc)`;
}

function escapeByte(character: string): string {
  return NAMED_ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

function escapeFirst(text: string): string {
  if (text.startsWith("\\")) return text;
  return Buffer.from(text.slice(0, 1), "utf8").reduce((bytes, byte) => bytes + escapeByte(String.fromCharCode(byte)), "") + text.slice(1);
}

/** undefined where the bytes are no UTF-8. */
function decodeUtf8(bytes: string): string | undefined {
  const text = Buffer.from(bytes, "latin1").toString("utf8");
  return text.includes("\ufffd") && Buffer.from(text, "utf8").toString("latin1") !== bytes ? undefined : text;
}

/** A question about real lines that an expected line asks. Throws where its regular expression is none. */
export function matcher(expected: string, last: boolean): (line: OutputLine) => boolean {
  if (last && isStatus(expected)) return ({ bytes, kind }) => kind === "status" && bytes === expected;
  const tests = [literal(expected, (text) => Buffer.from(text, "utf8").toString("latin1"))];
  if (expected.endsWith(" (esc)")) tests.push(literal(expected.slice(0, -" (esc)".length), bytesOf));
  if (expected.endsWith(" (glob)")) tests.push(pattern(globSource(expected.slice(0, -" (glob)".length))));
  if (expected.endsWith(" (re)")) tests.push(pattern(expected.slice(0, -" (re)".length)));
  return (line) => line.kind !== "status" && tests.some((test) => test(line));
}

export const isStatus = (line: string | undefined): boolean => line !== undefined && /^\[\d+\]$/.test(line);

function literal(expected: string, toBytes: (text: string) => string): (line: OutputLine) => boolean {
  const whole = toBytes(expected);
  const unfinished = expected.endsWith(" (no-eol)") ? toBytes(expected.slice(0, -" (no-eol)".length)) : undefined;
  return ({ bytes, kind }) => bytes === (kind === "no-eol" ? unfinished : whole);
}

function pattern(source: string): (line: OutputLine) => boolean {
  const expression = new RegExp(`^(?:${source})$`, "su");
  return ({ bytes, kind }) => expression.test((decodeUtf8(bytes) ?? bytes) + (kind === "no-eol" ? " (no-eol)" : ""));
}

/** `*` any text, `?` one character, a backslash takes the next one's meaning. */
function globSource(glob: string): string {
  return glob.replace(/\\([*?\\])|[\s\S]/g, (all, escaped?: string) => {
    if (escaped === undefined && all === "*") return ".*";
    if (escaped === undefined && all === "?") return ".";
    return (escaped ?? all).replace(/[$()*+./?[\\\]^{|}]/g, "\\$&");
  });
}

/** As bytes: escapes name bytes, other characters are UTF-8. */
function bytesOf(text: string): string {
  const bytes = Buffer.from(text, "utf8").toString("latin1");
  return bytes.replace(ESCAPE, (_, hex?: string, octal?: string, letter?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
    return LETTERS[letter ?? ""] ?? letter ?? "";
  });
}
