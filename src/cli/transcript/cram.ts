// Reads cram's format: a line that begins with two blanks is a command (`  $ `, `  > `), keys for it (`  < `) or its output; every other
// line is commentary. `# kelp: OPTIONS` in the commentary above the first command chooses the guest.

import { addLine, splitWords, type Transcript, type TranscriptCommand, TranscriptError } from "./transcript.js";

const INDENT = "  ";
const HEAD = /^#\s*kelp:(.*)$/;

export function parseCram(text: string): Transcript {
  const lines = text.split("\n");
  const commands: TranscriptCommand[] = [];
  const options: string[] = [];
  let optionsLine = 0;
  let open = false;
  for (const [index, line] of lines.entries()) {
    if (line.startsWith(INDENT)) {
      if (!addLine(commands, open, line.slice(INDENT.length), index, INDENT))
        throw new TranscriptError(index + 1, "output without a command");
      open = true;
      continue;
    }
    open = false;
    const head = HEAD.exec(line);
    if (!head) continue;
    if (commands.length > 0) throw new TranscriptError(index + 1, "'# kelp:' must stand above the first command");
    optionsLine = index + 1;
    options.push(...splitWords(head[1], optionsLine));
  }
  return { lines, commands, options, optionsLine, dialect: { ellipsis: false, optionalStatus: false } };
}
