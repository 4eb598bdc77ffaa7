// Reads a Markdown file's ```console blocks: `$ command`, `> continuation`, `< keys`, then the output, in which a line `…` stands for
// any lines. All blocks are one session. `<!-- kelp: OPTIONS -->` above the first block chooses the guest.

import { addLine, splitWords, type Transcript, type TranscriptCommand, TranscriptError } from "./transcript.js";

const FENCE = /^( {0,3})(`{3,}|~{3,})\s*(.*)$/;
const HEAD = /^<!--\s*kelp:(.*?)-->\s*$/;

interface Block {
  readonly fence: string;
  readonly indent: string;
  readonly console: boolean;
  /** A command has been seen. */
  open: boolean;
}

export function parseMarkdown(text: string): Transcript {
  const lines = text.split("\n");
  const commands: TranscriptCommand[] = [];
  const options: string[] = [];
  let optionsLine = 0;
  let block: Block | undefined;
  for (const [index, line] of lines.entries()) {
    const fence = FENCE.exec(line);
    if (block) {
      if (fence && fence[3] === "" && fence[2].startsWith(block.fence)) block = undefined;
      else if (block.console) {
        const text = line.startsWith(block.indent) ? line.slice(block.indent.length) : line.trimStart();
        if (!addLine(commands, block.open, text, index, block.indent)) throw new TranscriptError(index + 1, "output without a command");
        block.open = true;
      }
    } else if (fence) block = { fence: fence[2], indent: fence[1], console: /^console\b/.test(fence[3]), open: false };
    else {
      const head = HEAD.exec(line);
      if (!head) continue;
      if (commands.length > 0) throw new TranscriptError(index + 1, "'<!-- kelp:' must stand above the first command");
      optionsLine = index + 1;
      options.push(...splitWords(head[1], optionsLine));
    }
  }
  return { lines, commands, options, optionsLine, dialect: { ellipsis: true, optionalStatus: true } };
}
