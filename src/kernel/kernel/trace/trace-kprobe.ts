// kprobe_events
import type { seq_file } from "linux/seq_file";
import type { ring_entry } from "./ring_buffer";
export function trace_kprobe_print(_m: seq_file, _e: ring_entry): void {}
