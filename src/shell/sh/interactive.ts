// The shell at a terminal: takes the terminal, prompts, reads a command that may go over several lines, runs it, tells of jobs.
import {
  MARK_COMMAND_START,
  MARK_CONTINUATION,
  MARK_PROMPT_END,
  MARK_PROMPT_START,
  MARKS_VARIABLE,
  markCommandEnd,
} from "../../abi/run-protocol.js";
import { writeAll } from "../sys/calls.js";
import type { Sys } from "../sys/request.js";
import { SIGINT, SIGQUIT, SIGTERM, sigaction } from "../sys/signals.js";
import { FunctionReturn, Interrupted, LoopExit, ShellError } from "./control-flow.js";
import { LineEditor } from "./edit/line-editor.js";
import { execute } from "./execute.js";
import { startJobControl } from "./job-control.js";
import { parserFor } from "./parser.js";
import { expandPrompt } from "./prompt.js";
import { parse } from "./run-text.js";
import type { Shell } from "./shell.js";
import { IncompleteInput, ShellSyntaxError } from "./syntax-error.js";
import { handleSignals } from "./traps.js";
import { tellChangedJobs } from "./wait.js";

/** 128 + SIGINT */
const INTERRUPTED_STATUS = 130;

/** Takes the terminal and the signals that a shell at a terminal must survive. */
export function* startInteractive(sh: Shell): Sys<void> {
  sh.tellsLine = false;
  yield* startJobControl(sh);
  yield* sigaction(SIGINT, "catch");
  for (const signal of [SIGQUIT, SIGTERM]) yield* sigaction(signal, "ignore");
}

/** Prompts and runs until the end of input or exit. */
export function* interactiveLoop(sh: Shell): Sys<number> {
  const editor = new LineEditor(sh);
  const marks = sh.variables.get(MARKS_VARIABLE) === "1";
  for (;;) {
    yield* tellChangedJobs(sh);
    const turn = yield* oneCommand(sh, editor, marks);
    if (turn === "end") return sh.status;
    if (turn === "run" && marks) yield* writeAll(1, markCommandEnd(sh.status));
  }
}

/** Reads and runs one command. "none": there was nothing to run. */
function* oneCommand(sh: Shell, editor: LineEditor, marks: boolean): Sys<"run" | "none" | "end"> {
  let started = false;
  try {
    const text = yield* readCommand(sh, editor, marks);
    if (text === undefined) return "end";
    if (text.trim() === "") {
      yield* handleSignals(sh);
      return "none";
    }
    if (marks) yield* writeAll(1, MARK_COMMAND_START);
    started = true;
    const parser = parserFor(text, { final: true, aliases: sh.aliases, line: sh.line });
    for (;;) {
      const command = yield* parse(sh, () => parser.next());
      if (command === undefined) return "run";
      if (command !== null) yield* execute(sh, command);
    }
  } catch (error) {
    if (error instanceof Interrupted) {
      sh.status = INTERRUPTED_STATUS;
      yield* writeAll(2, "\n");
    } else if (error instanceof FunctionReturn) {
      // At the prompt there is nothing to return from but the shell.
      sh.status = error.status;
      return "end";
    } else if (error instanceof ShellError) sh.status = error.status;
    else if (!(error instanceof LoopExit)) throw error;
    sh.process.signals.length = 0;
    sh.loopDepth = 0;
    sh.conditionDepth = 0;
    return started ? "run" : "none";
  }
}

/** Reads lines until they make a whole command (or a wrong one); undefined at the end of input. */
function* readCommand(sh: Shell, editor: LineEditor, marks: boolean): Sys<string | undefined> {
  let prompt = yield* expandPrompt(sh, "PS1");
  if (marks) prompt = MARK_PROMPT_START + prompt + MARK_PROMPT_END;
  for (let text = ""; ; ) {
    const line = yield* editor.readLine(prompt);
    if (line === undefined) return text === "" ? undefined : text;
    text += `${line}\n`;
    if (isComplete(sh, text)) return text;
    prompt = yield* expandPrompt(sh, "PS2");
    if (marks) prompt = MARK_CONTINUATION + prompt;
  }
}

function isComplete(sh: Shell, text: string): boolean {
  const parser = parserFor(text, { final: false, aliases: sh.aliases, line: sh.line });
  try {
    parser.next();
    return true;
  } catch (error) {
    if (error instanceof ShellSyntaxError) return true;
    if (error instanceof IncompleteInput) return false;
    throw error;
  }
}
