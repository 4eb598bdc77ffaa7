// virtio: a device on the mmio transport and its queues (virtio 1.2, sections 2.7 and 4.2).
import type { list_head } from "linux/list";
import type { spinlock_t } from "linux/spinlock";
import type { wait_queue_head } from "linux/wait";

export const VIRTIO_CONFIG_S_ACKNOWLEDGE = 1;
export const VIRTIO_CONFIG_S_DRIVER = 2;
export const VIRTIO_CONFIG_S_DRIVER_OK = 4;
export const VIRTIO_CONFIG_S_FEATURES_OK = 8;
export const VIRTIO_CONFIG_S_FAILED = 0x80;
export const VIRTIO_F_VERSION_1 = 32;
export const VIRTIO_ID_CONSOLE = 3;
export const VIRTIO_ID_9P = 9;
export const VRING_DESC_F_NEXT = 1;
export const VRING_DESC_F_WRITE = 2;
export const VRING_AVAIL_F_NO_INTERRUPT = 1;

export interface vring_desc extends struct<"vring_desc"> {
  addr?: u64;
  len?: u32;
  flags?: u16;
  next?: u16;
}
export interface vring_avail extends struct<"vring_avail"> {
  flags?: u16;
  idx?: u16;
  ring?: array<u16, 64>;
  used_event?: u16;
}
export interface vring_used_elem extends struct<"vring_used_elem"> {
  id?: u32;
  len?: u32;
}
export interface vring_used extends struct<"vring_used"> {
  flags?: u16;
  idx?: u16;
  ring?: array<vring_used_elem, 64>;
  avail_event?: u16;
}

/** Buffer of one request part, kernel memory of the direct map. */
export interface virtqueue_buf extends struct<"virtqueue_buf"> {
  data?: ptr;
  len?: u32;
}

export interface virtqueue extends struct<"virtqueue"> {
  vdev?: virtio_device;
  index?: u32;
  num?: u32;
  lock?: embed<spinlock_t>;
  desc?: vring_desc[];
  avail?: vring_avail;
  used?: vring_used;
  free_head?: u16;
  num_free?: u16;
  last_used_idx?: u16;
  /** The caller's token of the chain that starts at a descriptor. */
  token?: array<ptr, 64>;
  callback?: (vq: virtqueue) => void;
  priv?: ptr;
}

export interface virtio_device extends struct<"virtio_device"> {
  index?: int;
  device?: u32;
  vendor?: u32;
  irq?: int;
  base?: u64;
  vqs?: array<ref<virtqueue>, 4>;
  nvqs?: int;
  driver?: virtio_driver;
  priv?: ptr;
  list?: embed<list_head>;
}

export interface virtio_driver extends struct<"virtio_driver"> {
  name?: cstr;
  id?: u32;
  /** Wanted feature bits 0 to 31. */
  features?: u32;
  probe?: (vdev: virtio_device) => int;
  /** In interrupt context: the configuration space has other values. */
  config_changed?: (vdev: virtio_device) => void;
  next?: virtio_driver;
}
export { register_virtio_driver } from "../../drivers/virtio/virtio";
export {
  virtio_cread_generation,
  virtio_cread8,
  virtio_cread16,
  virtio_device_ready,
  virtio_find_single_vq,
} from "../../drivers/virtio/virtio_mmio";
export {
  virtqueue_add_sgs,
  virtqueue_disable_cb,
  virtqueue_enable_cb,
  virtqueue_get_buf,
  virtqueue_kick,
} from "../../drivers/virtio/virtio_ring";
export type { wait_queue_head };
