// Splits what is typed into an overlay into keys: a terminal may send several in one piece.

export type OverlayKey = "up" | "down" | "page-up" | "page-down" | "home" | "end" | "unknown" | { readonly character: string };

const ONE_KEY = /\x1b[[O][0-9;?]*[A-Za-z~]|[\s\S]/g;
const NAMED: Readonly<Record<string, Exclude<OverlayKey, object>>> = {
  A: "up",
  B: "down",
  H: "home",
  F: "end",
  "1~": "home",
  "4~": "end",
  "5~": "page-up",
  "6~": "page-down",
  "7~": "home",
  "8~": "end",
};

export function overlayKeys(bytes: Uint8Array): { key: OverlayKey; length: number }[] {
  return Array.from(Buffer.from(bytes).toString("latin1").matchAll(ONE_KEY), ([text]) => ({
    key: text.length === 1 ? { character: text } : (NAMED[text.slice(2)] ?? "unknown"),
    length: text.length,
  }));
}
