// The virtio 9P transport device (virtio 1.1 device id 9; QEMU's and Linux's layout): one queue of 9P messages, and the mount
// tag in configuration space.

import type { P9Server } from "./p9/server.js";
import { MAX_MSIZE } from "./p9/session.js";
import type { VirtioBackend } from "./virtio-mmio.js";

const DEVICE_ID_9P = 9;
const FEATURE_MOUNT_TAG = 1n;

export class Virtio9p implements VirtioBackend {
  readonly deviceId = DEVICE_ID_9P;
  readonly features = FEATURE_MOUNT_TAG;
  readonly queues = 1;
  readonly maxRequest = MAX_MSIZE;
  readonly config: Uint8Array;

  constructor(
    tag: string,
    private readonly server: P9Server,
  ) {
    const name = new TextEncoder().encode(tag);
    this.config = new Uint8Array(2 + name.length);
    new DataView(this.config.buffer).setUint16(0, name.length, true);
    this.config.set(name, 2);
  }

  serve(_queue: number, request: Uint8Array, capacity: number): Uint8Array {
    return this.server.serve(request, capacity);
  }

  reset(): void {
    this.server.reset();
  }
}
