// Help texts, made from the option table.

import { STATUS_CRASH, STATUS_FAILED, STATUS_TIMEOUT } from "./exit-status.js";
import { type CommandName, OPTIONS } from "./options.js";

const USAGE: Record<CommandName, string> = {
  console: `Usage: kelp [OPTION…]
       kelp run [OPTION…] (-c CMDS | FILE)
       kelp cc FILE… [-o OUT]
       kelp objdump FILE [SYMBOL]

A virtual machine whose Linux-like kernel can be live-patched from its shell.
Without a command: boots to an interactive console. Ctrl-A x leaves it; Ctrl-A Ctrl-A types a Ctrl-A.`,
  run: `Usage: kelp run [OPTION…] (-c CMDS | FILE)

Boots, runs shell commands or a script in the guest, prints its console and exits with its status.`,
  cc: `Usage: kelp cc FILE… [-o OUT]

Compiles kernel TypeScript to modules: x.ts becomes x.ko.`,
  objdump: `Usage: kelp objdump FILE [SYMBOL]

Disassembles an ELF file (vmlinux, a .ko, any x86-64 file), or one function of it, as 'objdump -d' does.`,
};

const NOTES: Partial<Record<CommandName, string>> = {
  run: `
Exit status: the script's; ${STATUS_CRASH} if the guest crashed, ${STATUS_TIMEOUT} on --timeout, ${STATUS_FAILED} if kelp itself failed.`,
};

const COLUMN = 22;

export function helpText(command: CommandName): string {
  const options = OPTIONS.filter((spec) => spec.commands.includes(command)).map((spec) => {
    const short = spec.short ? `-${spec.short}, ` : "    ";
    const argument = spec.kind === "flag" ? "" : ` ${spec.argument}`;
    return `  ${`${short}--${spec.name}${argument}`.padEnd(COLUMN)}  ${spec.help}`;
  });
  return `${USAGE[command]}\n\nOptions:\n${options.join("\n")}\n${NOTES[command] ?? ""}`;
}
