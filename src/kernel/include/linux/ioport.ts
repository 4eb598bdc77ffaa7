// Ranges of physical addresses and of I/O ports, and who uses them: /proc/iomem and /proc/ioports.

export interface resource extends struct<"resource"> {
  start?: u64;
  /** The last address of the range. */
  end?: u64;
  name?: cstr;
  parent?: resource;
  /** The next range of the same parent, in address order. */
  sibling?: resource;
  child?: resource;
}

export { insert_resource, iomem_resource, ioport_resource, request_resource } from "../../kernel/resource";
