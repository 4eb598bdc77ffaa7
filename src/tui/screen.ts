// The screen of a session: the guest's terminal, the panes, overlays and keys. It is the session's input (src/cli/drive.ts) and
// gets its output; the machine is run by the caller and only looked at here, but for single steps.

import { BootImage, codeAt, functionCode } from "../debug/inspect/function.js";
import { currentTask } from "../debug/inspect/tasks.js";
import { KernelView } from "../debug/kernel-view.js";
import type { Machine } from "../vm/machine.js";
import { functionChoices, taskChoices } from "./choices.js";
import { Chooser } from "./chooser.js";
import { FramePace } from "./frame-pace.js";
import { behindCall, caller, entryOf } from "./goals.js";
import { GuestTerminal } from "./guest-terminal.js";
import { HostTerminal } from "./host-terminal.js";
import { type InputEvent, InputParser, type KeyName } from "./input-parser.js";
import { behindHelp, type Overlay, paintOverlay } from "./overlay.js";
import { BAR, PaneArea } from "./pane-area.js";
import { FIRST_PANE_KEY, PANE_NAMES } from "./pane-names.js";
import type { Choice } from "./panes/pane.js";
import { PrefixKeys } from "./prefix.js";
import { statusLine } from "./status-line.js";
import { Stepper } from "./stepper.js";
import { type Line, line } from "./text.js";

/** Panes are looked at this often while the machine runs. */
const PANE_INTERVAL_MS = 100;
const MESSAGE_MS = 4000;
const WHEEL_LINES = 3;
const FIRST_FUNCTION = "cmdline_proc_show";

export interface Guest {
  readonly machine: Machine;
  /** The kernel's ELF file. */
  readonly image: Uint8Array;
}

export interface ScreenOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly seed: number;
  /** A session that is recorded for replay cannot be stepped: steps cut turns short. */
  readonly stepping: boolean;
  /** Nothing happens by the wall clock: whoever drives the machine calls `update` (a recording in the guest's own time). */
  readonly manual?: boolean;
}

interface Attached extends Guest {
  readonly view: KernelView;
  readonly boot: BootImage;
}

export class Screen {
  // ---- what src/cli/drive.ts asks of an input ----
  wake: () => void = () => undefined;
  left = false;
  readonly open = true;

  private readonly host: HostTerminal;
  private readonly parser = new InputParser((event) => this.handle(event));
  private readonly terminal: GuestTerminal;
  private readonly waiting: Uint8Array[] = [];
  private readonly stepper = new Stepper(() => this.guest?.machine, {
    takeInput: () => this.take(),
    onMove: (cpu) => this.moved(cpu),
    onNews: (text) => this.say(text),
    wake: () => this.wake(),
  });
  private guest: Attached | undefined;
  private readonly panes: PaneArea;
  private overlay: Overlay | undefined;
  private readonly prefix = new PrefixKeys();
  private choice: Choice = { code: FIRST_FUNCTION, task: undefined };
  /** Where Shift-Left leads back to. */
  private readonly followed: Choice["code"][] = [];
  private looked = "";
  private message: string | undefined;
  private messageTimer: NodeJS.Timeout | undefined;
  private readonly frames = new FramePace(() => this.paint());
  private readonly interval: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly options: ScreenOptions) {
    this.host = new HostTerminal(options.input, options.output, {
      onInput: (bytes) => this.parser.feed(bytes),
      onResize: () => this.relayout(),
    });
    this.panes = new PaneArea(this.host.canvas);
    const { width, height } = this.panes.layout.terminal;
    this.terminal = new GuestTerminal(
      width,
      height,
      (reply) => this.type(reply),
      () => this.host.bell(),
    );
    if (!options.manual) this.interval = setInterval(() => this.look(), PANE_INTERVAL_MS);
    this.paint();
  }

  /** A machine has been powered on. */
  attach(guest: Guest): void {
    const view = new KernelView(guest.machine.cores, guest.image);
    this.guest = { ...guest, view, boot: new BootImage(view) };
    this.choice = { code: this.choice.code, task: undefined };
    this.tellSize();
    this.look(true);
  }

  /** The guest's terminal is as large as its pane. */
  private tellSize(): void {
    const { height, width } = this.panes.layout.terminal;
    this.guest?.machine.resize({ rows: height, columns: width });
    this.wake();
  }

  print(bytes: Uint8Array): void {
    this.terminal.write(bytes, () => {
      if (!this.closed && !this.options.manual) this.frames.printed();
    });
  }

  /** A line for the user, not from the guest. */
  say(text: string): void {
    this.message = `${text} `;
    clearTimeout(this.messageTimer);
    if (!this.options.manual) {
      this.messageTimer = setTimeout(() => {
        this.message = undefined;
        this.paint();
      }, MESSAGE_MS);
    }
    this.paint();
  }

  /** Paints what the machine is like now, after all that the guest has printed. */
  async update(): Promise<void> {
    while (this.stepper.running) await new Promise((resolve) => setImmediate(resolve));
    await this.terminal.flushed();
    this.look(true);
  }

  take(): Uint8Array[] {
    return this.waiting.splice(0);
  }

  offer(): boolean {
    return this.waiting.length > 0;
  }

  /** What the guest's terminal shows: for a guest that has not ended as it should. */
  lastWords(): Promise<string> {
    return this.terminal.text();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.interval);
    clearTimeout(this.messageTimer);
    this.frames.stop();
    this.parser.close();
    this.host.close();
    this.terminal.close();
  }

  // ---- keys and mouse ----

  private handle(event: InputEvent): void {
    if (this.closed) return;
    if (event.kind === "mouse") this.mouse(event);
    else if (this.overlay) this.overlayInput(event);
    else if (event.kind === "key") this.key(event.name);
    else this.typed(event.bytes);
  }

  /** Bytes for the guest, but for the prefix Ctrl-A. */
  private typed(bytes: Uint8Array): void {
    for (const piece of this.prefix.feed(bytes)) {
      if ("bytes" in piece) {
        this.terminal.scrollToEnd();
        this.frames.typed();
        this.terminal.type(piece.bytes);
      } else if (piece.command === "leave") this.leave();
      else if (piece.command === "suspend") this.host.suspend();
      else if (piece.command === "run-to") this.runTo(entryOf, "the chosen function is not in memory");
      else if (piece.command === "finish") this.runTo(caller, "the CPU is in no function of the kernel's");
      else this.key(piece.command);
    }
  }

  private type(bytes: Uint8Array): void {
    this.waiting.push(bytes);
    this.wake();
  }

  private leave(): void {
    this.left = true;
    this.stepper.goOn();
    this.wake();
  }

  private key(name: KeyName): void {
    switch (name) {
      case "F1":
        this.overlay = { kind: "help" };
        break;
      case "F8":
        this.choose();
        break;
      case "F9":
        if (this.stepper.running || !this.stepper.stopped) this.stepper.stop();
        else this.stepper.goOn();
        break;
      case "F10":
        if (this.canStep()) this.stepper.step();
        break;
      case "F11":
        this.stepOver();
        break;
      case "Shift-PageUp":
      case "Shift-PageDown":
        this.terminal.scroll((name === "Shift-PageUp" ? -1 : 1) * Math.max(this.terminal.rows - 1, 1));
        break;
      case "Shift-Up":
      case "Shift-Down":
        this.panes.scroll(this.panes.selected, name === "Shift-Up" ? -1 : 1);
        break;
      case "Shift-Right":
        this.follow();
        break;
      case "Shift-Left":
        this.goBack();
        break;
      default:
        this.panes.select(PANE_NAMES[Number(name.slice(1)) - FIRST_PANE_KEY], true);
        this.relayout();
    }
    this.paint();
  }

  private mouse({ action, column, row }: Extract<InputEvent, { kind: "mouse" }>): void {
    const pane = this.panes.paneAt(column, row);
    if (action === "press") {
      const chosen = pane ?? this.panes.tabAt(column, row);
      if (this.overlay?.kind === "help") this.overlay = undefined;
      else if (chosen) {
        this.panes.select(chosen, false);
        this.relayout();
      }
    } else {
      const lines = action === "wheel-up" ? -WHEEL_LINES : WHEEL_LINES;
      if (pane) this.panes.scroll(pane, lines);
      else this.terminal.scroll(lines);
    }
    this.paint();
  }

  // ---- overlays ----

  private overlayInput(event: Exclude<InputEvent, { kind: "mouse" }>): void {
    const { overlay } = this;
    if (!overlay || event.kind === "key") this.overlay = undefined;
    else if (overlay.kind === "help") {
      this.overlay = undefined;
      const rest = behindHelp(event.bytes);
      if (rest.length > 0) this.typed(rest);
    } else overlay.chooser.feed(event.bytes);
    this.paint();
  }

  private choose(): void {
    if (!this.guest) return;
    if (this.panes.selected === "Stack" && this.panes.isShown("Stack")) {
      const chooser = new Chooser("Stack of which task?", taskChoices(this.guest.view), (task) => {
        this.overlay = undefined;
        if (task !== undefined) this.choice = { ...this.choice, task };
        this.look(true);
      });
      this.overlay = { kind: "task", chooser };
      return;
    }
    const chooser = new Chooser("Which function?", functionChoices(this.guest.view), (code) => {
      this.overlay = undefined;
      if (code !== undefined) this.showCode(code);
      this.look(true);
    });
    this.overlay = { kind: "function", chooser };
  }

  private showCode(code: Choice["code"]): void {
    this.choice = { ...this.choice, code };
    this.panes.unscroll("Function");
    this.panes.select("Function", false);
    this.relayout();
  }

  /** To where the call at the function's entry leads: the trampoline, then what the handlers choose. */
  private follow(): void {
    if (!this.guest) return;
    const { view, boot } = this.guest;
    const { code } = this.choice;
    const shown = typeof code === "bigint" ? codeAt(view, boot, code) : functionCode(view, boot, code);
    const target = shown?.call?.versions.find(({ nop }) => !nop)?.newAddress ?? shown?.call?.target;
    if (target === undefined) {
      this.say("no call at this function's entry");
      return;
    }
    this.followed.push(code);
    this.showCode(target);
    this.look(true);
  }

  private goBack(): void {
    const code = this.followed.pop();
    if (code === undefined) return;
    this.showCode(code);
    this.look(true);
  }

  // ---- stop and step ----

  get held(): Promise<void> | undefined {
    return this.stepper.held;
  }

  /** The panes go with the CPU that has moved. */
  private moved(cpu: number | undefined): void {
    this.message = undefined;
    if (this.guest && cpu !== undefined) {
      const { machine, view } = this.guest;
      view.refresh();
      this.choice = { code: machine.cores.registers[cpu].rip, task: currentTask(view, cpu)?.address };
      if (!this.panes.isShown("Stack")) this.panes.select("Function", false);
      this.panes.unscroll("Function");
      this.relayout();
    }
    this.look(true);
  }

  private canStep(): boolean {
    if (!this.options.stepping) this.say("a session with --log cannot be stepped");
    return this.options.stepping;
  }

  /** The CPU that has moved last, or that has something to do. */
  private get cpu(): number {
    const busy = this.guest?.view.cores.registers.findIndex((_, cpu) => this.guest?.machine.cpuState(cpu) === "running") ?? 0;
    return this.stepper.last?.cpu ?? Math.max(busy, 0);
  }

  private stepOver(): void {
    if (!this.guest || !this.canStep()) return;
    const goal = this.stepper.stopped ? behindCall(this.guest.view, this.guest.boot, { choice: this.choice, cpu: this.cpu }) : undefined;
    if (goal) void this.stepper.runTo(goal);
    else this.stepper.step();
  }

  private runTo(find: typeof entryOf, otherwise: string): void {
    if (!this.guest || !this.canStep()) return;
    const { view, boot } = this.guest;
    view.refresh();
    const goal = find(view, boot, { choice: this.choice, cpu: this.cpu });
    if (goal) void this.stepper.runTo(goal);
    else this.say(otherwise);
  }

  // ---- painting ----

  private relayout(): void {
    if (this.closed) return;
    const { width, height } = this.panes.layOut().terminal;
    this.terminal.resize(width, height);
    this.tellSize();
    this.look(true);
  }

  /** Makes the contents of all panes that are seen anew, if anything can have changed. */
  private look(always = false): void {
    if (!this.guest || this.closed) return;
    const { machine, view, boot } = this.guest;
    const { retired, skippedNs } = machine.stamp;
    const moment = `${retired} ${skippedNs}`;
    if (!always && moment === this.looked) return;
    this.looked = moment;
    view.refresh();
    const { stopped: paused, last: step } = this.stepper;
    this.panes.look({ view, boot, choice: this.choice, paused, step });
    this.paint();
  }

  private paint(): void {
    if (this.closed) return;
    this.frames.painted();
    const { canvas } = this.host;
    const { terminal, status } = this.panes.layout;
    this.terminal.paint(canvas, terminal);
    this.panes.paint();
    canvas.text(status.x, status.y, status.width, this.statusLine(status.width), BAR);
    const cursor = this.overlay ? paintOverlay(this.overlay, canvas) : this.terminal.cursor(terminal);
    this.host.show(cursor);
  }

  private statusLine(width: number): Line {
    if (!this.guest) return line(` ${this.message ?? "starting"}`);
    const { machine } = this.guest;
    const { scrolledBack } = this.terminal;
    const paused = this.stepper.stopped;
    return statusLine({ machine, seed: this.options.seed, paused, scrolledBack, message: this.message }, width);
  }
}
