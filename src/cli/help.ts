// Help texts, made from the option table.

import { STATUS_CRASH, STATUS_FAILED, STATUS_TIMEOUT, STATUS_USAGE } from "./exit-status.js";
import { type CommandName, OPTIONS } from "./options.js";

const USAGE: Record<CommandName, string> = {
  console: `Usage: kelp [OPTION…]
       kelp run [OPTION…] (-c CMDS | FILE)
       kelp test [OPTION…] FILE…
       kelp record [OPTION…] OUT.cast [-- COMMAND…] · kelp play IN.cast
       kelp replay FILE [--until N]
       kelp cc FILE… [-o OUT]
       kelp objdump FILE [SYMBOL]

A virtual machine whose Linux-like kernel can be live-patched from its shell.
Without a command: boots to an interactive console. Ctrl-A x leaves it; Ctrl-A Ctrl-A types a Ctrl-A.`,
  run: `Usage: kelp run [OPTION…] (-c CMDS | FILE)

Boots, runs shell commands or a script in the guest, prints its console and exits with its status.`,
  test: `Usage: kelp test [OPTION…] FILE…

Runs golden transcripts in the guest, each file in a machine of its own, and compares what its commands print:
.t files in cram's format, .md files with \`\`\`console blocks; a folder stands for the .t files below it.

  $ command                "  > …" continues it; "  < ^C" presses keys while it runs (^M is Enter)
  its output               error output too; "(re)", "(glob)", "(esc)" and "(no-eol)" behind a line are cram's
  [1]                      its exit status, if that is not 0

Markdown: without the two blanks, "…" stands for any lines, and a status that is not there is not compared.
Above the first command, "# kelp: --cpus 2 --append …" (in Markdown "<!-- kelp: … -->") sets the machine.
The kernel's messages have no times (printk.time=0).`,
  record: `Usage: kelp record [OPTION…] OUT.cast [-- COMMAND…]
       kelp record [OPTION…] --script FILE OUT.cast

Runs kelp, or a kelp command ('-- run -c ls'), on this terminal and writes what it shows as a recording
(asciicast v2). With --script FILE its lines are typed at the guest's console, times are the guest's, and two
recordings are the same byte for byte; '@sleep N' waits N guest seconds. With --screen too, kelp's screen is
recorded, and '@press KEY' presses a key of it (F1 … F11, Enter, Ctrl-A b, …), '@type TEXT' types into its
overlays. --svg draws the recording as a moving picture, --still its end.`,
  play: `Usage: kelp play [OPTION…] IN.cast

Shows a recording (asciicast v2) on this terminal. Space pauses; q and Ctrl-C end it.`,
  replay: `Usage: kelp replay FILE [--until N]

Gives a session again that 'kelp --log FILE' or 'kelp run --log FILE' has written down, byte for byte.`,
  cc: `Usage: kelp cc FILE… [-o OUT]

Compiles kernel TypeScript to modules: x.ts becomes x.ko.
A file that exports main() is a program: x.ts becomes x.`,
  objdump: `Usage: kelp objdump FILE [SYMBOL]

Disassembles an ELF file (vmlinux, a .ko, any x86-64 file), or one function of it, as 'objdump -d' does.`,
};

const SIGNALS = "128 + N after signal N\n(130 Ctrl-C, 141 a reader of the output that went away)";

const NOTES: Partial<Record<CommandName, string>> = {
  console: `
Ctrl-A z stops kelp until the shell's fg.
Exit status: the guest's shell's; 0 after Ctrl-A x or poweroff; ${STATUS_CRASH} if the guest crashed, ${STATUS_FAILED} if kelp
itself failed, ${STATUS_USAGE} for wrong use, 129 if the terminal went away, ${SIGNALS}.`,
  run: `
Standard input is typed at the guest's console when the guest waits for it, and Ctrl-D at its end.
Ctrl-C is the guest's; pressed again it ends kelp.
Exit status: the script's; ${STATUS_CRASH} if the guest crashed, ${STATUS_TIMEOUT} on --timeout, ${STATUS_FAILED} if kelp itself failed,
${STATUS_USAGE} for wrong use, ${SIGNALS}.`,
  record: `
Exit status: the recorded command's; with --script 0 if all lines were answered;
${STATUS_CRASH}, ${STATUS_FAILED} and ${STATUS_USAGE} as for 'kelp run'.`,
  play: `
Exit status: 0, or 130 if it was ended.`,
  replay: `
Exit status: the session's; ${STATUS_FAILED} if the log breaks off, or does not belong to this kelp.`,
  cc: `
Exit status: 1 if there are errors in a FILE.`,
  test: `
Exit status: 0 if all is as written (or was updated), 1 if not, ${STATUS_USAGE} for files that are no transcripts.`,
};

const COLUMN = 22;

export function helpText(command: CommandName): string {
  const options = OPTIONS.filter((spec) => spec.commands.includes(command)).map((spec) => {
    const short = spec.short ? `-${spec.short}, ` : "    ";
    const argument = spec.kind === "flag" ? "" : ` ${spec.argument}`;
    return `  ${`${short}--${spec.name}${argument}`.padEnd(COLUMN)}  ${spec.help}`;
  });
  const notes = NOTES[command];
  return `${USAGE[command]}\n\nOptions:\n${options.join("\n")}\n${notes === undefined ? "" : `${notes}\n`}`;
}
