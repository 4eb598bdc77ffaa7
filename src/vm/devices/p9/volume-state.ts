// A volume and what the 9P server knows of it as plain data, for saving and restoring a machine: nodes with their bytes, the names
// that lead to them, and names that are gone but still open.

import { type Attributes, type Inodes, type Link, type Node, parentOf } from "./inodes.js";

interface NodeState {
  readonly mode: number;
  readonly nlink: number;
  readonly rdev: number;
  readonly bytes: Uint8Array;
  readonly symlink: string;
  /** Undefined: the guest has not met this node. */
  readonly attributes: Attributes | undefined;
  readonly cookies: readonly (readonly [string, number])[];
}

/** Parents stand before their children; the root is the first. */
interface LinkState {
  readonly name: string;
  readonly parent: number;
  readonly node: number;
  /** Still a name of its parent's. */
  readonly attached: boolean;
}

export interface VolumeState {
  readonly nodes: readonly NodeState[];
  readonly links: readonly LinkState[];
  readonly nextIno: number;
}

/** @param open links that are to be found again, whether or not they still have a name. */
export function saveVolume(inodes: Inodes, open: Iterable<Link>): { state: VolumeState; numberOf: (link: Link) => number } {
  const nodes = new Map<Node, number>();
  const links = new Map<Link, number>();
  const states: LinkState[] = [];
  const add = (link: Link): number => {
    const known = links.get(link);
    if (known !== undefined) return known;
    const above = parentOf(link);
    const parent = above ? add(above) : 0;
    const node = nodes.get(link.node) ?? nodes.size;
    nodes.set(link.node, node);
    const number = states.length;
    links.set(link, number);
    states.push({ name: link.name, parent, node, attached: !above || above.children.get(link.name) === link });
    for (const [name, child] of link.children) if (child && name !== "." && name !== "..") add(child);
    return number;
  };
  add(inodes.root);
  for (const link of open) add(link);
  const state = { nodes: [...nodes.keys()].map((node) => nodeState(inodes, node)), links: states, nextIno: inodes.nextIno };
  return { state, numberOf: (link) => links.get(link) ?? 0 };
}

function nodeState(inodes: Inodes, node: Node): NodeState {
  const size = node.symlink === undefined ? node.getSize() : 0;
  const bytes = Buffer.alloc(size);
  if (size > 0) node.read(bytes, 0, size, 0);
  const attributes = inodes.known(node);
  return {
    mode: node.mode,
    nlink: node.nlink,
    rdev: node.rdev,
    bytes: Uint8Array.from(bytes),
    symlink: node.symlink ?? "",
    attributes: attributes && { ...attributes },
    cookies: [...inodes.cookiesOf(node)],
  };
}

/** Fills an empty volume. Returns the links by number. */
export function restoreVolume(inodes: Inodes, { nodes: nodeStates, links: linkStates, nextIno }: VolumeState): Link[] {
  const nodes = nodeStates.map((state, i) => (i === 0 ? inodes.root.node : inodes.newNode(state.mode)));
  const links: Link[] = [];
  for (const [number, { name, parent, node, attached }] of linkStates.entries()) {
    if (number === 0) {
      links.push(inodes.root);
      continue;
    }
    // A name that is gone may have been given again since: it is made under another one and taken out.
    const link = links[parent].createChild(attached ? name : `\0${number}`, nodes[node]);
    if (!attached) {
      links[parent].deleteChild(link);
      link.name = name;
    }
    links.push(link);
  }
  for (const [i, { mode, nlink, rdev, bytes, symlink, attributes, cookies }] of nodeStates.entries()) {
    const node = nodes[i];
    if (bytes.length > 0) node.write(Buffer.from(bytes), 0, bytes.length, 0);
    node.mode = mode;
    node.rdev = rdev;
    if (symlink !== "") node.symlink = symlink;
    node.nlink = nlink;
    inodes.remember(node, attributes && { ...attributes }, new Map(cookies));
  }
  inodes.nextIno = nextIno;
  return links;
}
