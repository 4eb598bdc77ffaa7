// What src/cli takes from here: a gate full of host programs for one machine, and the names that the root file system links to it.
import { findProgram } from "./applets/table.js";
import { HostPrograms } from "./gate/host-programs.js";

export { appletNames } from "./applets/table.js";

/** The host side of one machine's user gate. */
export function createUserGate(): HostPrograms {
  return new HostPrograms({ find: findProgram });
}
