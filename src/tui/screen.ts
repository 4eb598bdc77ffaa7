// The screen of a session: the guest's terminal, the panes, overlays and keys. It is the session's input (src/cli/drive.ts) and
// gets its output; the machine is run by the caller and only looked at here, but for single steps.

import { BootImage } from "../debug/inspect/function.js";
import { KernelView } from "../debug/kernel-view.js";
import type { Machine } from "../vm/machine.js";
import { FramePace } from "./frame-pace.js";
import { behindCall, caller, entryOf } from "./goals.js";
import { GuestTerminal } from "./guest-terminal.js";
import { Help } from "./help.js";
import { HostTerminal } from "./host-terminal.js";
import { type InputEvent, InputParser, type KeyName } from "./input-parser.js";
import { Navigation } from "./navigation.js";
import { OverlayArea } from "./overlay.js";
import { BAR, PaneArea } from "./pane-area.js";
import { FIRST_PANE_KEY, PANE_NAMES } from "./pane-names.js";
import { PrefixKeys } from "./prefix.js";
import { statusLine } from "./status-line.js";
import { Stepper } from "./stepper.js";
import { type Line, line } from "./text.js";

/** Panes are looked at this often while the machine runs. */
const PANE_INTERVAL_MS = 100;
const MESSAGE_MS = 4000;
const WHEEL_LINES = 3;

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
  private readonly overlays: OverlayArea;
  private readonly prefix = new PrefixKeys();
  private readonly navigation: Navigation;
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
    this.overlays = new OverlayArea(this.host.canvas);
    this.navigation = new Navigation(this.panes, () => this.relayout());
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
    this.navigation.forgetTask();
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
    else if (this.overlays.open) this.overlayInput(event);
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
        if (this.stepper.stopped && !this.stepper.running) this.say("stopped: what is typed waits (F9 goes on)");
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
        this.overlays.show(new Help((rest) => this.closeHelp(rest)));
        break;
      case "F8":
        if (this.guest) this.overlays.show(this.navigation.chooser(this.guest.view, () => this.overlays.close()));
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
        if (this.guest && !this.navigation.follow(this.guest.view, this.guest.boot)) this.say("no call at this function's entry");
        break;
      case "Shift-Left":
        if (!this.navigation.goBack()) this.say("no call was followed");
        break;
      default:
        this.panes.select(PANE_NAMES[Number(name.slice(1)) - FIRST_PANE_KEY], true);
        this.relayout();
    }
    this.paint();
  }

  private mouse({ action, column, row }: Extract<InputEvent, { kind: "mouse" }>): void {
    const pane = this.panes.paneAt(column, row);
    if (this.overlays.open) this.overlays.mouse(action, column, row, WHEEL_LINES);
    else if (action === "press") {
      const chosen = pane ?? this.panes.tabAt(column, row);
      if (chosen) {
        this.panes.select(chosen, false);
        this.relayout();
      }
    } else {
      const lines = action === "wheel-up" ? -WHEEL_LINES : WHEEL_LINES;
      if (pane) this.panes.scroll(pane, lines);
      else this.terminal.wheel(lines);
    }
    this.paint();
  }

  // ---- overlays ----

  private overlayInput(event: Exclude<InputEvent, { kind: "mouse" }>): void {
    if (event.kind === "key") this.overlays.close();
    else this.overlays.open?.feed(event.bytes);
    this.paint();
  }

  private closeHelp(rest: Uint8Array): void {
    this.overlays.close();
    if (rest.length > 0) this.typed(rest);
  }

  // ---- stop and step ----

  get held(): Promise<void> | undefined {
    return this.stepper.held;
  }

  private moved(cpu: number | undefined): void {
    this.message = undefined;
    if (this.guest && cpu !== undefined) {
      this.guest.view.refresh();
      this.navigation.goWith(this.guest.view, cpu);
    } else this.look(true);
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
    const goal = this.stepper.stopped
      ? behindCall(this.guest.view, this.guest.boot, { choice: this.navigation.choice, cpu: this.cpu })
      : undefined;
    if (goal) void this.stepper.runTo(goal);
    else this.stepper.step();
  }

  private runTo(find: typeof entryOf, otherwise: string): void {
    if (!this.guest || !this.canStep()) return;
    const { view, boot } = this.guest;
    view.refresh();
    const goal = find(view, boot, { choice: this.navigation.choice, cpu: this.cpu });
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
    this.panes.look({ view, boot, choice: this.navigation.choice, paused, step });
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
    const cursor = this.overlays.open ? this.overlays.paint() : this.terminal.cursor(terminal);
    this.host.show(cursor);
  }

  private statusLine(width: number): Line {
    if (!this.guest) return line(` ${this.message ?? "starting"}`);
    const { machine } = this.guest;
    const { scrolledBack } = this.terminal;
    const { stepping, seed } = this.options;
    const { selected } = this.panes;
    const pane = this.panes.isShown(selected) ? selected : undefined;
    const { stopped, running } = this.stepper;
    return statusLine(
      { machine, seed, mode: running ? "stepping" : stopped ? "stopped" : "runs", stepping, pane, scrolledBack, message: this.message },
      width,
    );
  }
}
