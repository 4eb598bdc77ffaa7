// The virtio-mmio transport, version 2: finding devices at their slots, feature negotiation, queues, interrupts.
import { ENODEV, ENOENT, ENOMEM } from "linux/errno";
import { IRQ_HANDLED, IRQ_NONE, request_irq } from "linux/interrupt";
import { ioremap, readb, readl, virt_to_phys, writel } from "linux/io";
import { GFP_KERNEL, kzalloc } from "linux/slab";
import {
  VIRTIO_CONFIG_S_ACKNOWLEDGE,
  VIRTIO_CONFIG_S_DRIVER,
  VIRTIO_CONFIG_S_DRIVER_OK,
  VIRTIO_CONFIG_S_FEATURES_OK,
  type virtio_device,
  type virtqueue,
} from "linux/virtio";
import { register_virtio_device } from "./virtio";
import { VRING_SIZE, vring_create_virtqueue } from "./virtio_ring";

const BASE = 0xfeb00000;
const STRIDE = 512;
const SLOTS = 8;
const IRQ_FIRST = 5;

const MAGIC_VALUE = 0x000;
const VERSION = 0x004;
const DEVICE_ID = 0x008;
const VENDOR_ID = 0x00c;
const DEVICE_FEATURES = 0x010;
const DEVICE_FEATURES_SEL = 0x014;
const DRIVER_FEATURES = 0x020;
const DRIVER_FEATURES_SEL = 0x024;
const QUEUE_SEL = 0x030;
const QUEUE_NUM_MAX = 0x034;
const QUEUE_NUM = 0x038;
const QUEUE_READY = 0x044;
const QUEUE_NOTIFY = 0x050;
const INTERRUPT_STATUS = 0x060;
const INTERRUPT_ACK = 0x064;
const STATUS = 0x070;
const QUEUE_DESC_LOW = 0x080;
const QUEUE_AVAIL_LOW = 0x090;
const QUEUE_USED_LOW = 0x0a0;
const CONFIG_GENERATION = 0x0fc;
const CONFIG = 0x100;
const INT_VRING = 1;
const INT_CONFIG = 2;
/** "virt" */
const MAGIC = 0x74726976;

export function vm_notify(vq: virtqueue): void {
  writel(vq.index, vq.vdev.base + QUEUE_NOTIFY);
}

function vm_interrupt(irq: int, dev_id: ptr): int {
  const vdev = dev_id as virtio_device;
  const status = readl(vdev.base + INTERRUPT_STATUS);
  if (status === 0) return IRQ_NONE;
  writel(status, vdev.base + INTERRUPT_ACK);
  const driver = vdev.driver;
  if ((status & INT_CONFIG) !== 0 && driver !== null && driver.config_changed !== null) driver.config_changed(vdev);
  if ((status & INT_VRING) === 0) return IRQ_HANDLED;
  for (let i: int = 0; i < vdev.nvqs; i++) {
    const vq = vdev.vqs[i];
    if (vq.callback !== null) vq.callback(vq);
  }
  return IRQ_HANDLED;
}

export function virtio_cread8(vdev: virtio_device, offset: u32): u8 {
  return readb(vdev.base + CONFIG + offset);
}

export function virtio_cread16(vdev: virtio_device, offset: u32): u16 {
  return u16(readb(vdev.base + CONFIG + offset) | (readb(vdev.base + CONFIG + offset + 1) << 8));
}

/** Another number at each change of the configuration space. */
export function virtio_cread_generation(vdev: virtio_device): u32 {
  return readl(vdev.base + CONFIG_GENERATION);
}

function write_address(vdev: virtio_device, register: u64, what: ptr): void {
  const phys = virt_to_phys(what);
  writel(u32(phys), vdev.base + register);
  writel(u32(phys >> 32), vdev.base + register + 4);
}

export function virtio_find_single_vq(vdev: virtio_device, callback: (vq: virtqueue) => void): virtqueue {
  const index = u32(vdev.nvqs);
  writel(index, vdev.base + QUEUE_SEL);
  if (readl(vdev.base + QUEUE_READY) !== 0) return null;
  let num = readl(vdev.base + QUEUE_NUM_MAX);
  if (num === 0) return null;
  if (num > VRING_SIZE) num = VRING_SIZE;
  const vq = vring_create_virtqueue(vdev, index, num, callback);
  if (vq === null) return null;
  writel(num, vdev.base + QUEUE_NUM);
  write_address(vdev, QUEUE_DESC_LOW, vq.desc);
  write_address(vdev, QUEUE_AVAIL_LOW, vq.avail);
  write_address(vdev, QUEUE_USED_LOW, vq.used);
  vdev.vqs[vdev.nvqs] = vq;
  vdev.nvqs += 1;
  writel(1, vdev.base + QUEUE_READY);
  return vq;
}

export function add_status(vdev: virtio_device, bits: u32): void {
  writel(readl(vdev.base + STATUS) | bits, vdev.base + STATUS);
}

export function virtio_device_ready(vdev: virtio_device): void {
  add_status(vdev, VIRTIO_CONFIG_S_DRIVER_OK);
}

/** `low`: the driver's wishes among feature bits 0 to 31. VERSION_1 is always asked for. */
export function virtio_finalize_features(vdev: virtio_device, low: u32): int {
  add_status(vdev, VIRTIO_CONFIG_S_DRIVER);
  writel(0, vdev.base + DEVICE_FEATURES_SEL);
  const offered = readl(vdev.base + DEVICE_FEATURES);
  writel(1, vdev.base + DEVICE_FEATURES_SEL);
  if ((readl(vdev.base + DEVICE_FEATURES) & 1) === 0) return -ENODEV;
  writel(0, vdev.base + DRIVER_FEATURES_SEL);
  writel(offered & low, vdev.base + DRIVER_FEATURES);
  writel(1, vdev.base + DRIVER_FEATURES_SEL);
  writel(1, vdev.base + DRIVER_FEATURES);
  add_status(vdev, VIRTIO_CONFIG_S_FEATURES_OK);
  return (readl(vdev.base + STATUS) & VIRTIO_CONFIG_S_FEATURES_OK) !== 0 ? 0 : -ENODEV;
}

function probe(base: u64, slot: int): int {
  if (readl(base + MAGIC_VALUE) !== MAGIC || readl(base + VERSION) !== 2) return -ENODEV;
  const id = readl(base + DEVICE_ID);
  if (id === 0) return -ENOENT;
  const vdev = kzalloc(sizeof<virtio_device>(), GFP_KERNEL) as virtio_device;
  if (vdev === null) return -ENOMEM;
  vdev.base = base;
  vdev.index = slot;
  vdev.device = id;
  vdev.vendor = readl(base + VENDOR_ID);
  vdev.irq = int(IRQ_FIRST + slot);
  writel(0, base + STATUS);
  add_status(vdev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
  const err = request_irq(u32(vdev.irq), vm_interrupt, 0, "virtio", vdev);
  if (err !== 0) return err;
  return register_virtio_device(vdev);
}

/** Looks at every slot; the drivers must be registered. */
export function virtio_mmio_init(): int {
  const base = ioremap(BASE, SLOTS * STRIDE);
  if (base === 0) return -ENOMEM;
  for (let slot: int = 0; slot < SLOTS; slot++) probe(base + u64(slot * STRIDE), slot);
  return 0;
}
