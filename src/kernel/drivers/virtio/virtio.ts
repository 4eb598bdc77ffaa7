// The virtio bus: devices meet their drivers.
import { VIRTIO_CONFIG_S_FAILED, type virtio_device, type virtio_driver } from "linux/virtio";
import { add_status, virtio_finalize_features } from "./virtio_mmio";

let drivers: virtio_driver = null;

export function register_virtio_driver(driver: virtio_driver): int {
  driver.next = drivers;
  drivers = driver;
  return 0;
}

export function register_virtio_device(vdev: virtio_device): int {
  for (let d = drivers; d !== null; d = d.next) {
    if (d.id !== vdev.device) continue;
    let err = virtio_finalize_features(vdev, d.features);
    if (err === 0) {
      vdev.driver = d;
      err = d.probe(vdev);
    }
    if (err !== 0) {
      add_status(vdev, VIRTIO_CONFIG_S_FAILED);
      pr_err("virtio%d: probe of %s failed with error %d\n", vdev.index, d.name, err);
    }
    return err;
  }
  return 0;
}
