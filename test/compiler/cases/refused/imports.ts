// Imports of what every file knows without, and of what is nowhere.
import { kprobe_nowhere } from "linux/kprobes";
import { nowhere } from "linux/printk";
import { pr_info, printk } from "linux/printk";
import { sizeof, type u64 } from "linux/types";
