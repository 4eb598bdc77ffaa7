// Names of users and groups from /etc/passwd and /etc/group.
import { readFile } from "../sys/files.js";
import type { Sys } from "../sys/request.js";

/** Names by number. */
export function* accounts(path: string): Sys<Map<number, string>> {
  const names = new Map<number, string>();
  const text = yield* readFile(path);
  if (typeof text === "number") return names;
  for (const line of text.split("\n")) {
    const [name, , id] = line.split(":");
    if (name && id !== undefined && !names.has(Number(id))) names.set(Number(id), name);
  }
  return names;
}

export function accountName(names: ReadonlyMap<number, string>, id: number): string {
  return names.get(id) ?? String(id);
}
