// Where kelp's own files lie, seen from the compiled program (dist/src/cli).

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A failure that the user is told in one sentence. */
export class HostError extends Error {
  override readonly name = "HostError";
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EISDIR: "is a folder",
  ENOTDIR: "no folder on the way to it",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the device",
  EMFILE: "too many open files",
  ELOOP: "too many links",
  ENAMETOOLONG: "the name is too long",
};

/** An error of the host's as a sentence, about `path` if that is known; undefined where it is none of the operating system's. */
export function hostReason(error: unknown, path?: string): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  const about = path ?? ("path" in error && typeof error.path === "string" ? error.path : undefined);
  const reason = REASONS[error.code];
  return reason === undefined ? error.message : about === undefined ? reason : `${about}: ${reason}`;
}

/** A file that the user has named. */
export function readUserFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new HostError(hostReason(error, path) ?? String(error));
  }
}

export const projectFile = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Built by scripts/build.mjs: the default image, and a folder for each other one of images/. */
export const VMLINUX = projectFile("dist/guest/vmlinux");
export const IMAGES = projectFile("dist/guest/images");
export const MODULES = projectFile("dist/guest/modules");
export const ROOTFS = projectFile("rootfs");
