// All panes by name.

import type { PaneName } from "../pane-names.js";
import { functionPane } from "./function.js";
import { hooksPane } from "./hooks.js";
import { livepatchPane } from "./livepatch.js";
import { logPane } from "./log.js";
import { modulesPane } from "./modules.js";
import type { Look, PaneContent } from "./pane.js";
import { stackPane } from "./stack.js";

export const PANES: Readonly<Record<PaneName, (look: Look) => PaneContent>> = {
  Function: functionPane,
  Livepatch: livepatchPane,
  Stack: stackPane,
  Hooks: hooksPane,
  Modules: modulesPane,
  Log: logPane,
};
