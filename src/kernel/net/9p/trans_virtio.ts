// 9p over virtio: a channel for each device, found by its tag; a request is two buffers in one chain. A device that answers while it is
// being notified needs no interrupt, and the task no sleep: the ring is looked at first.
import { EIO, ENOENT, ENOMEM } from "linux/errno";
import { GFP_KERNEL, kzalloc } from "linux/slab";
import { spin_lock_irqsave, spin_unlock_irqrestore, type spinlock_t } from "linux/spinlock";
import { memcmp, strlen } from "linux/string";
import {
  register_virtio_driver,
  VIRTIO_ID_9P,
  virtio_cread8,
  virtio_cread16,
  type virtio_device,
  virtio_device_ready,
  type virtio_driver,
  virtio_find_single_vq,
  type virtqueue,
  virtqueue_add_sgs,
  type virtqueue_buf,
  virtqueue_disable_cb,
  virtqueue_enable_cb,
  virtqueue_get_buf,
  virtqueue_kick,
} from "linux/virtio";
import { wake_up } from "linux/wait";
import type { p9_req_t } from "./protocol";

export interface virtio_chan extends struct<"virtio_chan"> {
  next?: virtio_chan;
  vdev?: virtio_device;
  vq?: virtqueue;
  /** An answer taken off the ring is told to its task before anybody else may look. */
  lock?: embed<spinlock_t>;
  inuse?: bool;
  tag_len?: u32;
  tag?: array<u8, 64>;
}

let channels: virtio_chan = null;

/** Every finished request wakes its task. chan.lock held. */
function take_answers(chan: virtio_chan): void {
  let len: u32 = 0;
  for (;;) {
    const req = virtqueue_get_buf(chan.vq, addr(len)) as p9_req_t;
    if (req === null) return;
    req.rlen = len;
    WRITE_ONCE(req.done, true);
    wake_up(req.wq);
  }
}

/** In interrupt context. */
function req_done(vq: virtqueue): void {
  const chan = vq.vdev.priv as virtio_chan;
  const flags = spin_lock_irqsave(chan.lock);
  take_answers(chan);
  spin_unlock_irqrestore(chan.lock, flags);
}

/** What has been answered already; from the first request on that has not, the device interrupts. */
function poll_answers(chan: virtio_chan, req: p9_req_t): void {
  const flags = spin_lock_irqsave(chan.lock);
  take_answers(chan);
  if (!req.done) {
    virtqueue_enable_cb(chan.vq);
    take_answers(chan);
  }
  spin_unlock_irqrestore(chan.lock, flags);
}

function p9_virtio_probe(vdev: virtio_device): int {
  const chan = kzalloc(sizeof<virtio_chan>(), GFP_KERNEL) as virtio_chan;
  if (chan === null) return -ENOMEM;
  chan.vdev = vdev;
  chan.vq = virtio_find_single_vq(vdev, req_done);
  if (chan.vq === null) return -ENOENT;
  let len = u32(virtio_cread16(vdev, 0));
  if (len > 63) len = 63;
  for (let i: u32 = 0; i < len; i++) chan.tag[i] = virtio_cread8(vdev, 2 + i);
  chan.tag_len = len;
  vdev.priv = chan;
  virtqueue_disable_cb(chan.vq);
  virtio_device_ready(vdev);
  chan.next = channels;
  channels = chan;
  return 0;
}

/** The channel with that tag, or null. */
export function p9_virtio_find(tag: cstr): virtio_chan {
  const len = strlen(tag);
  for (let c = channels; c !== null; c = c.next) if (u64(c.tag_len) === len && memcmp(c.tag, tag as ptr, len) === 0) return c;
  return null;
}

export function p9_virtio_request(chan: virtio_chan, req: p9_req_t, rsize: u32): int {
  let bufs: array<virtqueue_buf, 2>;
  bufs[0].data = req.tc;
  bufs[0].len = req.tlen;
  bufs[1].data = req.rc;
  bufs[1].len = rsize;
  req.done = false;
  const err = virtqueue_add_sgs(chan.vq, bufs, 1, 1, req);
  if (err !== 0) return -EIO;
  virtqueue_kick(chan.vq);
  poll_answers(chan, req);
  return 0;
}

const p9_virtio_drv: virtio_driver = { name: "9pnet_virtio", id: VIRTIO_ID_9P, features: 1, probe: p9_virtio_probe };

export function p9_virtio_init(): int {
  return register_virtio_driver(p9_virtio_drv);
}
