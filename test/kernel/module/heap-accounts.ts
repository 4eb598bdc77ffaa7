// What the kernel's heap and its areas of virtual memory are used for, as the guest's own files tell it (booted with slub_debug=U).

/**
 * Shell function `accounts FILE`: every call site with the objects it has in use, and every area's caller, once the guest is at rest. More
 * tasks than fork keeps stacks for (NR_CACHED_STACKS) live at a time first, so that as many are kept at every snapshot.
 */
export const ACCOUNTS = `
accounts() {
  for i in $(seq 80); do sleep 1 & done; wait; sleep 2
  for cache in /sys/kernel/debug/slab/*; do
    sed -e 's/ age=.*//' -e "s|^ *|$(basename $cache) |" $cache/alloc_traces | sort
  done > $1
  sed -e 's/^0x[^ ]* *//' -e 's/ phys=[^ ]*//' /proc/vmallocinfo | sort | uniq -c >> $1
}
show() { echo "@@ $1"; cat $1; }
`;

/** Call site → objects in use, or areas. */
export type Accounts = ReadonlyMap<string, number>;

/** The snapshots that \`show\` printed, by file. */
export function parseAccounts(output: string): ReadonlyMap<string, Accounts> {
  const snapshots = new Map<string, Accounts>();
  for (const part of output.split("@@ ").slice(1)) {
    const [name, ...lines] = part.trimEnd().split("\n");
    const accounts = new Map<string, number>();
    for (const line of lines) {
      const heap = /^(kmalloc-\w+) (\d+) (.*)$/.exec(line);
      const area = /^ *(\d+) +(\d+ .*)$/.exec(line);
      if (heap) accounts.set(`${heap[1]} ${heap[3]}`, Number(heap[2]));
      else if (area) accounts.set(`area ${area[2]}`, Number(area[1]));
    }
    snapshots.set(name, accounts);
  }
  return snapshots;
}

/**
 * What no two moments need to have alike: an idle CPU keeps the address space of the task that ran before, which may have exited (one a
 * CPU); 9p keeps as many requests as were under way at a time (one a task); worker pools keep their workers with their stacks; and a task's parts outlive it
 * by a grace period, which the snapshot's own programs have not had yet.
 */
const KEPT = new RegExp(
  `^[+-][1-4] (${[
    "kmalloc-1k mm_alloc",
    "kmalloc-96 new_req",
    "kmalloc-1k copy_signal",
    "kmalloc-1k dup_task_struct",
    "kmalloc-4k copy_sighand",
    "kmalloc-96 alloc_pid",
    "kmalloc-192 alloc_worker",
    "kmalloc-64 kthread",
    "area 20480 dup_task_struct pages=4 vmalloc",
    "kmalloc-32 __vmalloc_node_range",
    "kmalloc-64 reserve_area",
  ].join("|")})$`,
);

/** "+3 kmalloc-64 kstrdup+0x…": what became more or less, sorted by call site; offsets are cut off. */
export function difference(before: Accounts, after: Accounts): string[] {
  const sites = [...new Set([...before.keys(), ...after.keys()])].sort();
  const changes: string[] = [];
  for (const site of sites) {
    const by = (after.get(site) ?? 0) - (before.get(site) ?? 0);
    if (by !== 0) changes.push(`${by > 0 ? "+" : ""}${by} ${site.replaceAll(/\+0x[0-9a-f]+\/0x[0-9a-f]+/g, "")}`);
  }
  return changes.filter((change) => !KEPT.test(change));
}
