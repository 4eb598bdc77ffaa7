// The screen of a session: the guest's terminal, the panes, overlays and keys. It is the session's input (src/cli/drive.ts) and
// gets its output; the machine is run by the caller and only looked at here, but for single steps.

import { BootImage, codeAt, functionCode } from "../debug/inspect/function.js";
import { moduleSymbols } from "../debug/inspect/modules.js";
import { currentTask, tasks } from "../debug/inspect/tasks.js";
import { KernelView } from "../debug/kernel-view.js";
import type { Machine } from "../vm/machine.js";
import type { Rectangle } from "./canvas.js";
import { type Candidate, Chooser } from "./chooser.js";
import { GuestTerminal } from "./guest-terminal.js";
import { HELP } from "./help.js";
import { HostTerminal } from "./host-terminal.js";
import { type InputEvent, InputParser, type KeyName } from "./input-parser.js";
import { contains, type Layout, layOut } from "./layout.js";
import { FIRST_PANE_KEY, PANE_NAMES, type PaneName } from "./pane-names.js";
import type { Choice, PaneContent } from "./panes/pane.js";
import { PANES } from "./panes/table.js";
import { statusLine } from "./status-line.js";
import { bold, type Line, line } from "./text.js";

/** Panes are looked at this often while the machine runs. */
const PANE_INTERVAL_MS = 100;
/** Output of the guest is shown at once, a flood of it so often. */
const FRAME_MS = 16;
const MESSAGE_MS = 4000;
const WHEEL_LINES = 3;
const PREFIX = 0x01;
const ESCAPE = 0x1b;
const FIRST_FUNCTION = "cmdline_proc_show";
const BAR = { bg: 4, fg: 15 };
const BAR_DIM = { bg: 8, fg: 15 };

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
}

interface Attached extends Guest {
  readonly view: KernelView;
  readonly boot: BootImage;
}

type Overlay = { kind: "help" } | { kind: "function"; chooser: Chooser<string> } | { kind: "task"; chooser: Chooser<bigint> };

export class Screen {
  // ---- what src/cli/drive.ts asks of an input ----
  wake: () => void = () => undefined;
  left = false;
  readonly open = true;
  held: Promise<void> | undefined;

  private readonly host: HostTerminal;
  private readonly parser = new InputParser((event) => this.handle(event));
  private readonly terminal: GuestTerminal;
  private readonly waiting: Uint8Array[] = [];
  private release: () => void = () => undefined;
  private guest: Attached | undefined;
  private layout: Layout;
  private selected: PaneName = "Log";
  private showPane = true;
  private zoomed = false;
  private overlay: Overlay | undefined;
  private prefixed = false;
  private choice: Choice = { code: FIRST_FUNCTION, task: undefined };
  /** Where Shift-Left leads back to. */
  private readonly followed: Choice["code"][] = [];
  private readonly contents = new Map<PaneName, PaneContent>();
  private readonly scrolls = new Map<PaneName, number>();
  private looked = "";
  private message: string | undefined;
  private messageTimer: NodeJS.Timeout | undefined;
  private frameTimer: NodeJS.Timeout | undefined;
  private lastFrame = 0;
  private readonly interval: NodeJS.Timeout;
  private closed = false;

  constructor(private readonly options: ScreenOptions) {
    this.host = new HostTerminal(options.input, options.output, {
      onInput: (bytes) => this.parser.feed(bytes),
      onResize: () => this.relayout(),
    });
    this.layout = this.makeLayout();
    const { width, height } = this.layout.terminal;
    this.terminal = new GuestTerminal(
      width,
      height,
      (reply) => this.type(reply),
      () => this.host.bell(),
    );
    this.interval = setInterval(() => this.look(), PANE_INTERVAL_MS);
    this.paint();
  }

  /** Size of the guest's terminal. */
  get size(): { rows: number; columns: number } {
    return { rows: this.layout.terminal.height, columns: this.layout.terminal.width };
  }

  /** A machine has been powered on. */
  attach(guest: Guest): void {
    const view = new KernelView(guest.machine.cores, guest.image);
    this.guest = { ...guest, view, boot: new BootImage(view) };
    this.choice = { code: this.choice.code, task: undefined };
    this.look(true);
  }

  print(bytes: Uint8Array): void {
    this.terminal.write(bytes, () => this.frame());
  }

  /** A line for the user, not from the guest. */
  say(text: string): void {
    this.message = `${text} `;
    clearTimeout(this.messageTimer);
    this.messageTimer = setTimeout(() => {
      this.message = undefined;
      this.paint();
    }, MESSAGE_MS);
    this.paint();
  }

  take(): Uint8Array[] {
    return this.waiting.splice(0);
  }

  offer(): boolean {
    return this.waiting.length > 0;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.interval);
    clearTimeout(this.messageTimer);
    clearTimeout(this.frameTimer);
    this.parser.close();
    this.host.close();
    this.terminal.close();
  }

  // ---- keys and mouse ----

  private handle(event: InputEvent): void {
    if (this.closed) return;
    if (event.kind === "mouse") return this.mouse(event);
    if (this.overlay) return this.overlayInput(event);
    if (event.kind === "key") return this.key(event.name);
    this.typed(event.bytes);
  }

  /** Bytes for the guest, but for the prefix Ctrl-A. */
  private typed(bytes: Uint8Array): void {
    const out: number[] = [];
    for (const byte of bytes) {
      if (!this.prefixed) {
        if (byte === PREFIX) this.prefixed = true;
        else out.push(byte);
        continue;
      }
      this.prefixed = false;
      const letter = String.fromCharCode(byte);
      if (letter === "x") {
        this.leave();
        return;
      }
      if (/[0-9]/.test(letter)) this.key(`F${letter === "0" ? "10" : letter}` as KeyName);
      else if (byte === PREFIX) out.push(PREFIX);
      else out.push(PREFIX, byte);
    }
    if (out.length > 0) {
      this.terminal.scrollToEnd();
      this.type(Uint8Array.from(out));
    }
  }

  private type(bytes: Uint8Array): void {
    this.waiting.push(bytes);
    this.wake();
  }

  private leave(): void {
    this.left = true;
    this.resume();
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
        if (this.held) this.resume();
        else this.pause();
        break;
      case "F10":
        this.step();
        break;
      case "Shift-PageUp":
      case "Shift-PageDown":
        this.terminal.scroll((name === "Shift-PageUp" ? -1 : 1) * Math.max(this.terminal.rows - 1, 1));
        break;
      case "Shift-Up":
      case "Shift-Down":
        this.scrollPane(this.selected, name === "Shift-Up" ? -1 : 1);
        break;
      case "Shift-Right":
        this.follow();
        break;
      case "Shift-Left":
        this.goBack();
        break;
      default:
        this.selectPane(PANE_NAMES[Number(name.slice(1)) - FIRST_PANE_KEY], true);
    }
    this.paint();
  }

  private mouse({ action, column, row }: Extract<InputEvent, { kind: "mouse" }>): void {
    const pane = [...this.layout.panes].find(([, place]) => contains(place, column, row))?.[0];
    if (action === "press") {
      if (this.overlay?.kind === "help") this.overlay = undefined;
      else if (pane) this.selected = pane;
      else if (this.layout.tabs && contains(this.layout.tabs, column, row)) this.selectPane(tabAt(column), false);
    } else {
      const lines = action === "wheel-up" ? -WHEEL_LINES : WHEEL_LINES;
      if (pane) this.scrollPane(pane, lines);
      else this.terminal.scroll(lines);
    }
    this.paint();
  }

  /** The key of the pane that is chosen already gives it more room, then none, then as before. */
  private selectPane(name: PaneName | undefined, toggles: boolean): void {
    if (!name) return;
    if (this.selected !== name || !this.showPane) {
      this.selected = name;
      this.showPane = true;
    } else if (toggles && !this.zoomed) this.zoomed = true;
    else if (toggles) {
      this.zoomed = false;
      this.showPane = false;
    }
    this.relayout();
  }

  private scrollPane(name: PaneName, lines: number): void {
    const content = this.contents.get(name);
    const place = this.layout.panes.get(name);
    if (!content || !place) return;
    const last = Math.max(content.lines.length - (place.height - 1), 0);
    const from = Math.min(this.scrolls.get(name) ?? (content.tail ? last : 0), last);
    const to = Math.min(Math.max(from + lines, 0), last);
    // A log that is scrolled to its end follows again.
    if (content.tail && to === last) this.scrolls.delete(name);
    else this.scrolls.set(name, to);
  }

  // ---- overlays ----

  private overlayInput(event: Exclude<InputEvent, { kind: "mouse" }>): void {
    const { overlay } = this;
    if (!overlay || event.kind === "key") this.overlay = undefined;
    else if (overlay.kind === "help") {
      this.overlay = undefined;
      // One key closes it; what was typed behind that is meant for the guest.
      if (event.bytes[0] !== ESCAPE && event.bytes.length > 1) this.typed(event.bytes.subarray(1));
    } else overlay.chooser.feed(event.bytes);
    this.paint();
  }

  private choose(): void {
    if (!this.guest) return;
    if (this.selected === "Stack" && this.showPane) {
      const candidates = tasks(this.guest.view).map(
        ({ name, pid, state, address }): Candidate<bigint> => ({ text: `${name}[${pid}] ${state}`, value: address }),
      );
      const chooser = new Chooser("Stack of which task?", candidates, (task) => {
        this.overlay = undefined;
        if (task !== undefined) this.choice = { ...this.choice, task };
        this.look(true);
      });
      this.overlay = { kind: "task", chooser };
      return;
    }
    const chooser = new Chooser("Which function?", functionNames(this.guest.view), (code) => {
      this.overlay = undefined;
      if (code !== undefined) this.showCode(code);
      this.look(true);
    });
    this.overlay = { kind: "function", chooser };
  }

  private showCode(code: Choice["code"]): void {
    this.choice = { ...this.choice, code };
    this.scrolls.delete("Function");
    if (this.layout.panes.has("Function")) this.selected = "Function";
    else this.selectPane("Function", false);
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

  private pause(): void {
    this.held = new Promise((resolve) => {
      this.release = resolve;
    });
    this.wake();
    this.look(true);
  }

  private resume(): void {
    this.held = undefined;
    this.release();
    this.looked = "";
  }

  private step(): void {
    if (!this.guest) return;
    if (!this.options.stepping) return this.say("a session with --log cannot be stepped");
    if (!this.held) return this.pause();
    const { machine, view } = this.guest;
    const before = machine.cores.registers.map(({ retired }) => retired);
    for (const bytes of this.take()) machine.input(bytes);
    const result = machine.run({ stopAt: machine.stamp.retired + 1n });
    if (result.kind === "exit" || result.kind === "reset") return this.resume();
    if (result.kind === "idle") return this.say("every CPU is idle and no timer is set");
    // The panes go with the CPU that has moved.
    const cpu = Math.max(
      machine.cores.registers.findIndex(({ retired }, i) => retired !== before[i]),
      0,
    );
    view.refresh();
    this.choice = { code: machine.cores.registers[cpu].rip, task: currentTask(view, cpu)?.address };
    this.scrolls.delete("Function");
    this.look(true);
  }

  // ---- painting ----

  private makeLayout(): Layout {
    const { width, height } = this.host.canvas;
    return layOut(width, height, this.showPane ? this.selected : undefined, this.zoomed);
  }

  private relayout(): void {
    if (this.closed) return;
    this.layout = this.makeLayout();
    this.terminal.resize(this.layout.terminal.width, this.layout.terminal.height);
    this.look(true);
  }

  /** Soon: after what else the guest prints just now. */
  private frame(): void {
    if (this.frameTimer || this.closed) return;
    const due = this.lastFrame + FRAME_MS - performance.now();
    if (due <= 0) return this.paint();
    this.frameTimer = setTimeout(() => {
      this.frameTimer = undefined;
      this.paint();
    }, due);
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
    for (const [name, { width }] of this.layout.panes) {
      this.contents.set(name, PANES[name]({ view, boot, choice: this.choice, paused: this.held !== undefined, width }));
    }
    this.paint();
  }

  private paint(): void {
    if (this.closed || !this.layout) return;
    this.lastFrame = performance.now();
    const { canvas } = this.host;
    const { terminal, panes, tabs, status } = this.layout;
    this.terminal.paint(canvas, terminal);
    if (!tabs) this.paintGaps();
    for (const [name, place] of panes) this.paintPane(name, place);
    if (tabs) canvas.text(tabs.x, tabs.y, tabs.width, this.tabLine(), BAR_DIM);
    if (this.guest) {
      const facts = {
        machine: this.guest.machine,
        cpus: this.guest.machine.cores.cpuCount,
        seed: this.options.seed,
        paused: this.held !== undefined,
        scrolledBack: this.terminal.scrolledBack,
        message: this.message,
      };
      canvas.text(status.x, status.y, status.width, statusLine(facts, status.width), BAR);
    } else canvas.text(status.x, status.y, status.width, line(` ${this.message ?? "starting"}`), BAR);
    const overlayCursor = this.paintOverlay();
    this.host.show(this.overlay ? overlayCursor : this.terminal.cursor(terminal));
  }

  /** The columns between panes beside each other. */
  private paintGaps(): void {
    const { terminal, panes } = this.layout;
    const { canvas } = this.host;
    for (const { x, y, height } of [terminal, ...panes.values()]) {
      if (x > 0) canvas.fill({ x: x - 1, y, width: 1, height });
    }
  }

  private paintPane(name: PaneName, place: Rectangle): void {
    const { canvas } = this.host;
    const content = this.contents.get(name) ?? { title: name, lines: [] };
    const key = `F${PANE_NAMES.indexOf(name) + FIRST_PANE_KEY}`;
    // Where one pane is seen the tabs say which; its title has more to say.
    const title = line(` ${key} `, bold(content.title));
    canvas.text(place.x, place.y, place.width, title, name === this.selected ? BAR : BAR_DIM);
    const rows = place.height - 1;
    const first = this.firstLine(name, content, rows);
    for (let row = 0; row < rows; row++) {
      canvas.text(place.x, place.y + 1 + row, place.width, content.lines[first + row] ?? []);
    }
  }

  private firstLine(name: PaneName, { lines, focus, tail }: PaneContent, rows: number): number {
    const last = Math.max(lines.length - rows, 0);
    const scrolled = this.scrolls.get(name);
    if (scrolled !== undefined) return Math.min(scrolled, last);
    if (tail) return last;
    return focus === undefined || focus < rows - 1 ? 0 : Math.min(focus - (rows >> 1), last);
  }

  private tabLine(): Line {
    return PANE_NAMES.map((name, i) => ({ text: tabText(name, i), style: name === this.selected ? BAR : BAR_DIM }));
  }

  private paintOverlay(): { x: number; y: number } | undefined {
    if (!this.overlay) return undefined;
    const { canvas } = this.host;
    const width = Math.min(canvas.width, 78);
    const height = Math.min(canvas.height - 1, this.overlay.kind === "help" ? HELP.length + 1 : 16);
    const place = { x: (canvas.width - width) >> 1, y: (canvas.height - height) >> 1, width, height };
    if (this.overlay.kind !== "help") return this.overlay.chooser.paint(canvas, place);
    canvas.text(place.x, place.y, width, line(bold(" Help")), BAR);
    for (let row = 1; row < height; row++) canvas.text(place.x, place.y + row, width, HELP[row - 1] ?? []);
    return undefined;
  }
}

const tabText = (name: PaneName, index: number): string => ` F${index + FIRST_PANE_KEY} ${name} `;

function tabAt(column: number): PaneName | undefined {
  let end = 0;
  return PANE_NAMES.find((name, i) => {
    end += tabText(name, i).length;
    return column < end;
  });
}

const STT_FUNC = 2;

/** vmlinux's functions and the modules'. */
function functionNames(view: KernelView): Candidate<string>[] {
  const names = new Set<string>();
  for (const symbol of view.symbols.all()) if (symbol.type === STT_FUNC) names.add(symbol.name);
  for (const mod of view.list(view.address("modules"), "module", "list")) for (const { name } of moduleSymbols(view, mod)) names.add(name);
  return [...names].sort().map((name) => ({ text: name, value: name }));
}
