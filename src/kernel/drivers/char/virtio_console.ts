// The virtio console (virtio 1.2, 5.3), of which only the terminal's size is taken: it becomes that of /dev/console, whose bytes go
// over the serial line, which itself knows no size.
import { ENOMEM } from "linux/errno";
import type { winsize } from "linux/termios";
import { tty_console, tty_do_resize } from "linux/tty";
import {
  register_virtio_driver,
  VIRTIO_ID_CONSOLE,
  virtio_cread_generation,
  virtio_cread16,
  type virtio_device,
  virtio_device_ready,
  type virtio_driver,
  virtio_find_single_vq,
  type virtqueue,
} from "linux/virtio";
import { INIT_WORK, schedule_work, type work_struct } from "linux/workqueue";

const VIRTIO_CONSOLE_F_SIZE = 0;
const CONFIG_COLS = 0;
const CONFIG_ROWS = 2;

let console_vdev: virtio_device = null;
let config_work: embed<work_struct>;

/** Both numbers of one moment: the generation counts the changes. */
function read_size(vdev: virtio_device, ws: winsize): void {
  let generation: u32 = 0;
  do {
    generation = virtio_cread_generation(vdev);
    ws.ws_col = virtio_cread16(vdev, CONFIG_COLS);
    ws.ws_row = virtio_cread16(vdev, CONFIG_ROWS);
  } while (virtio_cread_generation(vdev) !== generation);
}

function config_work_handler(work: work_struct): void {
  const tty = tty_console();
  if (tty === null) return;
  const ws: winsize = {};
  read_size(console_vdev, ws);
  // Unknown at the other end: what is set stays.
  if (ws.ws_row !== 0 && ws.ws_col !== 0) tty_do_resize(tty, ws);
}

/** In interrupt context. */
function config_intr(vdev: virtio_device): void {
  schedule_work(config_work);
}

/** Nothing is received here and what is sent is done with at once. */
function queue_done(vq: virtqueue): void {}

function virtcons_probe(vdev: virtio_device): int {
  if (virtio_find_single_vq(vdev, queue_done) === null || virtio_find_single_vq(vdev, queue_done) === null) return -ENOMEM;
  console_vdev = vdev;
  INIT_WORK(config_work, config_work_handler);
  virtio_device_ready(vdev);
  config_work_handler(config_work);
  return 0;
}

const virtio_console: virtio_driver = {
  name: "virtio_console",
  id: VIRTIO_ID_CONSOLE,
  features: 1 << VIRTIO_CONSOLE_F_SIZE,
  probe: virtcons_probe,
  config_changed: config_intr,
};

export function virtio_console_init(): int {
  return register_virtio_driver(virtio_console);
}
