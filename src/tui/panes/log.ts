// Log: the kernel's messages, from its buffer, debug messages too.

import { dmesgLines, KernelLog } from "../../debug/kernel-log.js";
import { dim, type Line, line, plain, printable, red, yellow } from "../text.js";
import type { Look, PaneContent } from "./pane.js";

const LEVEL_ERROR = 3;
const LEVEL_WARNING = 4;
/** As many records as a pane is ever scrolled through. */
const RECORDS = 1000;

export function logPane({ view }: Look): PaneContent {
  const records = new KernelLog(view.cores.ram, view.symbols).records().slice(-RECORDS);
  const lines = records.flatMap((record): Line[] =>
    dmesgLines(record).map((text) => {
      const [, stamp, message] = /^(\[[^\]]*\] )(.*)$/s.exec(text) ?? ["", "", text];
      const style = record.level <= LEVEL_ERROR ? red : record.level === LEVEL_WARNING ? yellow : plain;
      return line(dim(stamp), style(printable(message)));
    }),
  );
  return { title: "Log", lines: lines.length > 0 ? lines : [line(dim("nothing yet"))], tail: true };
}
