// Folders of a test's own that are gone when its process is, whatever its end.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders: string[] = [];

/** One listener for all of them: Node warns of eleven. */
function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  if (folders.length === 0) process.on("exit", removeAll);
  folders.push(folder);
  return folder;
}
