// System states: what a patch declares to have changed beyond functions, and which patches may follow each other.

import { WARN_ON } from "linux/bug";
import type { klp_patch, klp_state } from "linux/livepatch";
import { klp_patches } from "./core";
import { klp_transition_patch } from "./transition";

/** A patch's own state of that id, or null. The array ends at id 0. */
export function klp_get_state(patch: klp_patch, id: u64): klp_state {
  if (patch.states === null) return null;
  for (let i = 0; patch.states[i].id !== u64(0); i++) {
    if (patch.states[i].id === id) return patch.states[i];
  }
  return null;
}
EXPORT_SYMBOL_GPL(klp_get_state);

/** The newest state of that id among the patches that the one in transition follows. Only for its callbacks. */
export function klp_get_prev_state(id: u64): klp_state {
  let last: klp_state = null;
  if (WARN_ON(klp_transition_patch === null)) return null;
  for (let p = klp_patches.next; p !== klp_patches; p = p.next) {
    const patch = container_of<klp_patch>(p, "list");
    if (patch === klp_transition_patch) break;
    const state = klp_get_state(patch, id);
    if (state !== null) last = state;
  }
  return last;
}
EXPORT_SYMBOL_GPL(klp_get_prev_state);

/** A replacing patch must know every state of those it replaces; nobody may bring an older version of a state. */
function klp_is_state_compatible(patch: klp_patch, old_state: klp_state): bool {
  const state = klp_get_state(patch, old_state.id);
  if (state === null) return !patch.replace;
  return state.version >= old_state.version;
}

export function klp_is_patch_compatible(patch: klp_patch): bool {
  for (let p = klp_patches.next; p !== klp_patches; p = p.next) {
    const old_patch = container_of<klp_patch>(p, "list");
    if (old_patch.states === null) continue;
    for (let i = 0; old_patch.states[i].id !== u64(0); i++) {
      if (!klp_is_state_compatible(patch, old_patch.states[i])) return false;
    }
  }
  return true;
}
