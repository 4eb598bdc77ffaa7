// Split virtqueues (virtio 1.2, 2.7): chains of buffers to the device and back, 64 descriptors each queue.
import { ENOSPC } from "linux/errno";
import { get_zeroed_page } from "linux/gfp";
import { virt_to_phys } from "linux/io";
import { GFP_KERNEL, kfree, kzalloc } from "linux/slab";
import { spin_lock_irqsave, spin_unlock_irqrestore } from "linux/spinlock";
import {
  VRING_AVAIL_F_NO_INTERRUPT,
  VRING_DESC_F_NEXT,
  VRING_DESC_F_WRITE,
  type virtio_device,
  type virtqueue,
  type virtqueue_buf,
  type vring_avail,
  type vring_desc,
  type vring_used,
} from "linux/virtio";
import { vm_notify } from "./virtio_mmio";

export const VRING_SIZE = 64;

export function vring_create_virtqueue(vdev: virtio_device, index: u32, num: u32, callback: (vq: virtqueue) => void): virtqueue {
  const vq = kzalloc(sizeof<virtqueue>(), GFP_KERNEL) as virtqueue;
  if (vq === null) return null;
  // One page holds all three parts: descriptors at 0, the driver's ring at 1024, the device's at 2048.
  const page = u64(get_zeroed_page(GFP_KERNEL));
  if (page === 0) {
    kfree(vq);
    return null;
  }
  vq.vdev = vdev;
  vq.index = index;
  vq.num = num;
  vq.desc = at<vring_desc[]>(page);
  vq.avail = at<vring_avail>(page + 1024);
  vq.used = at<vring_used>(page + 2048);
  vq.callback = callback;
  vq.num_free = u16(num);
  for (let i: u32 = 0; i < num; i++) vq.desc[i].next = u16(i + 1);
  return vq;
}

/** Offers out_n buffers to read and in_n to write, as one chain; `data` comes back with virtqueue_get_buf. */
export function virtqueue_add_sgs(vq: virtqueue, bufs: virtqueue_buf[], out_n: u32, in_n: u32, data: ptr): int {
  const total: u32 = out_n + in_n;
  const flags = spin_lock_irqsave(vq.lock);
  if (vq.num_free < total) {
    spin_unlock_irqrestore(vq.lock, flags);
    return -ENOSPC;
  }
  const head = vq.free_head;
  let i: u16 = head;
  for (let n: u32 = 0; n < total; n++) {
    const d = vq.desc[i];
    d.addr = virt_to_phys(bufs[n].data);
    d.len = bufs[n].len;
    let f = 0;
    if (n >= out_n) f |= VRING_DESC_F_WRITE;
    if (n + 1 < total) f |= VRING_DESC_F_NEXT;
    d.flags = u16(f);
    i = d.next;
  }
  vq.free_head = i;
  vq.num_free = u16(vq.num_free - total);
  vq.token[head] = data;
  vq.avail.ring[vq.avail.idx & (vq.num - 1)] = head;
  // The device must not see the index before the entry.
  mb();
  WRITE_ONCE(vq.avail.idx, u16(vq.avail.idx + 1));
  spin_unlock_irqrestore(vq.lock, flags);
  return 0;
}

export function virtqueue_kick(vq: virtqueue): void {
  mb();
  vm_notify(vq);
}

/** The device is asked for no interrupts on this queue, as a hint. */
export function virtqueue_disable_cb(vq: virtqueue): void {
  WRITE_ONCE(vq.avail.flags, u16(VRING_AVAIL_F_NO_INTERRUPT));
}

/** Interrupts again; what was finished before has to be looked for afterwards. */
export function virtqueue_enable_cb(vq: virtqueue): void {
  WRITE_ONCE(vq.avail.flags, u16(0));
  mb();
}

/** A finished chain's data, and how much the device wrote in *len; null when there is none. */
export function virtqueue_get_buf(vq: virtqueue, len: u32[]): ptr {
  const flags = spin_lock_irqsave(vq.lock);
  if (vq.last_used_idx === READ_ONCE(vq.used.idx)) {
    spin_unlock_irqrestore(vq.lock, flags);
    return null;
  }
  mb();
  const elem = vq.used.ring[vq.last_used_idx & (vq.num - 1)];
  const head = u16(elem.id);
  len[0] = elem.len;
  const data = vq.token[head];
  vq.token[head] = null;
  let i: u16 = head;
  let n: u32 = 1;
  while ((vq.desc[i].flags & VRING_DESC_F_NEXT) !== 0) {
    i = vq.desc[i].next;
    n += 1;
  }
  vq.desc[i].next = vq.free_head;
  vq.free_head = head;
  vq.num_free = u16(vq.num_free + n);
  vq.last_used_idx = u16(vq.last_used_idx + 1);
  spin_unlock_irqrestore(vq.lock, flags);
  return data;
}
