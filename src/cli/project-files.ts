// Where kelp's own files lie, seen from the compiled program (dist/src/cli).

import { fileURLToPath } from "node:url";

/** A failure that the user is told in one sentence. */
export class HostError extends Error {
  override readonly name = "HostError";
}

export const projectFile = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Built by scripts/build.mjs: the default image, and a folder for each other one of images/. */
export const VMLINUX = projectFile("dist/guest/vmlinux");
export const IMAGES = projectFile("dist/guest/images");
export const MODULES = projectFile("dist/guest/modules");
export const ROOTFS = projectFile("rootfs");
