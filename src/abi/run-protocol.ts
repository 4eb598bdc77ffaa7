// How the command line (src/cli) tells the guest's init (pid 1, src/shell) what to run, and how init answers: plain files on
// the root volume, read and written by the guest through its own VFS. Every file's text ends in a newline.

export const RUN_FOLDER = "/run/kelp";

/**
 * What init starts, one word:
 * - `console`: an interactive login shell on the console, in /root
 * - `command`: `sh -c TEXT`, TEXT from RUN_COMMAND
 * - `script`: `sh PATH`, PATH from RUN_SCRIPT
 * A missing file means `console`. The first shell's end ends the run: RUN_STATUS, then reboot(2) with RB_POWER_OFF.
 */
export const RUN_MODE = "/run/kelp/mode";
export const RUN_COMMAND = "/run/kelp/command";
export const RUN_SCRIPT = "/run/kelp/script";
/** Lines NAME=value that init adds to the first shell's environment (e.g. KELP_MARKS=1). */
export const RUN_ENVIRONMENT = "/run/kelp/env";
/** Written by init before it powers off: the first shell's exit status in decimal (128 + n when a signal n killed it). */
export const RUN_STATUS = "/run/kelp/status";
/** What init sets on the console before the first shell: a word as stty takes it, `-echo`. */
export const RUN_TERMINAL = "/run/kelp/terminal";
/** Where the command line puts the script that it was given. */
export const RUN_FILES = "/run/kelp/files";

/** In modes `command` and `script` init writes this to the console just before it starts the shell: what came earlier is the boot log. */
export const RUN_START_MARK = "\x1b]133;C\x07";
/** In the same modes, when the first shell has ended: what comes later (power-off's messages) is not the script's. */
export const RUN_END_MARK = "\x1b]133;D\x07";

/**
 * Semantic prompt marks (OSC 133), written by an interactive sh whose environment has KELP_MARKS=1: PROMPT_START before PS1,
 * PROMPT_END behind it, COMMAND_START when a line has been read and before anything is run, commandEnd(status) when it is done
 * (before job notices and the next prompt), CONTINUATION before PS2. An empty line gives PROMPT_START … PROMPT_END alone again.
 */
export const MARKS_VARIABLE = "KELP_MARKS";
export const MARK_PROMPT_START = "\x1b]133;A\x07";
export const MARK_PROMPT_END = "\x1b]133;B\x07";
export const MARK_CONTINUATION = "\x1b]133;P;k=s\x07";
export const MARK_COMMAND_START = "\x1b]133;C\x07";
export const markCommandEnd = (status: number): string => `\x1b]133;D;${status}\x07`;
