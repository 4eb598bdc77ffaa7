// What the panes show of: a function and a task that the user has chosen or followed a call to, or where the machine has moved.

import { type BootImage, codeAt, functionCode } from "../debug/inspect/function.js";
import { currentTask } from "../debug/inspect/tasks.js";
import type { KernelView } from "../debug/kernel-view.js";
import { functionChoices, taskChoices } from "./choices.js";
import { Chooser } from "./chooser.js";
import type { Overlay } from "./overlay.js";
import type { PaneArea } from "./pane-area.js";
import type { Choice } from "./panes/pane.js";

const FIRST_FUNCTION = "cmdline_proc_show";

export class Navigation {
  choice: Choice = { code: FIRST_FUNCTION, task: undefined };
  /** Where Shift-Left leads back to. */
  private readonly followed: Choice["code"][] = [];

  /** @param changed the layout may be another, and the panes show something else. */
  constructor(
    private readonly panes: PaneArea,
    private readonly changed: () => void,
  ) {}

  /** The tasks of a machine that was powered on before are no more. */
  forgetTask(): void {
    this.choice = { code: this.choice.code, task: undefined };
  }

  /** @param done closes the overlay. */
  chooser(view: KernelView, done: () => void): Overlay {
    if (this.panes.selected === "Stack" && this.panes.isShown("Stack")) {
      return new Chooser("Stack of which task?", taskChoices(view), (task) => {
        done();
        if (task === undefined) return;
        this.choice = { ...this.choice, task };
        this.panes.unscroll("Stack");
        this.changed();
      });
    }
    return new Chooser("Which function?", functionChoices(view), (code) => {
      done();
      if (code !== undefined) this.showCode(code);
    });
  }

  /** To where the call at the function's entry leads: the trampoline, then what the handlers choose. False if there is none. */
  follow(view: KernelView, boot: BootImage): boolean {
    const { code } = this.choice;
    const shown = typeof code === "bigint" ? codeAt(view, boot, code) : functionCode(view, boot, code);
    const target = shown?.call?.versions.find(({ nop }) => !nop)?.newAddress ?? shown?.call?.target;
    if (target === undefined) return false;
    this.followed.push(code);
    this.showCode(target);
    return true;
  }

  /** False if nothing was followed. */
  goBack(): boolean {
    const code = this.followed.pop();
    if (code !== undefined) this.showCode(code);
    return code !== undefined;
  }

  /** The panes go with the CPU that has moved. */
  goWith(view: KernelView, cpu: number): void {
    this.choice = { code: view.cores.registers[cpu].rip, task: currentTask(view, cpu) };
    if (!this.panes.isShown("Stack")) this.panes.select("Function", false);
    this.panes.unscroll("Function");
    this.changed();
  }

  private showCode(code: Choice["code"]): void {
    this.choice = { ...this.choice, code };
    this.panes.unscroll("Function");
    this.panes.select("Function", false);
    this.changed();
  }
}
