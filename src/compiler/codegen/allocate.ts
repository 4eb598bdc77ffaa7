// Register allocation by iterated register coalescing (George and Appel): interference graph, conservative coalescing of
// copies, optimistic colouring, spilling to frame slots until everything has a register.

import { Liveness, members } from "./liveness.js";
import { allocatable, calleeSaved, defsOf, FIRST_VIRTUAL, type MachineFunction, type MOperand, type Slot, usesOf } from "./machine.js";
import { rewriteSpills } from "./spill.js";

const K = allocatable.length;
const isCalleeSaved = new Set(calleeSaved);

interface Move {
  readonly to: number;
  readonly from: number;
  state: "worklist" | "active" | "done";
}

class Colouring {
  readonly adjacent: Set<number>[] = [];
  readonly degree: number[] = [];
  readonly alias: number[] = [];
  readonly moves: Move[][] = [];
  readonly cost: number[] = [];
  readonly colour: number[] = [];
  readonly spilled: number[] = [];
  readonly #worklistMoves: Move[] = [];
  readonly #simplify = new Set<number>();
  readonly #freeze = new Set<number>();
  readonly #spill = new Set<number>();
  readonly #selected: number[] = [];
  readonly #state: ("" | "selected" | "coalesced")[] = [];

  constructor(
    readonly fn: MachineFunction,
    readonly unspillable: ReadonlySet<number>,
  ) {
    const count = fn.registerCount;
    for (let r = 0; r < count; r++) {
      this.adjacent.push(new Set());
      this.degree.push(r < FIRST_VIRTUAL ? 1e9 : 0);
      this.alias.push(r);
      this.moves.push([]);
      this.cost.push(0);
      this.colour.push(r < FIRST_VIRTUAL ? r : -1);
      this.#state.push("");
    }
    this.#build();
  }

  #edge(u: number, v: number): void {
    if (u === v || this.adjacent[u]!.has(v)) return;
    this.adjacent[u]!.add(v);
    this.adjacent[v]!.add(u);
    if (u >= FIRST_VIRTUAL) this.degree[u]!++;
    if (v >= FIRST_VIRTUAL) this.degree[v]!++;
  }

  #build(): void {
    const liveness = new Liveness(this.fn.code, this.fn.registerCount);
    for (const block of liveness.blocks) {
      liveness.walk(block, (ins, live) => {
        const weight = 10 ** Math.min(ins.depth, 5);
        const defs = defsOf(ins);
        for (const r of defs) this.cost[r]! += weight;
        for (const r of usesOf(ins)) this.cost[r]! += weight;
        let except = -1;
        if (ins.copy && ins.a?.k === "r" && ins.b?.k === "r") {
          except = ins.b.r;
          const move: Move = { to: ins.a.r, from: ins.b.r, state: "worklist" };
          this.moves[ins.a.r]!.push(move);
          this.moves[ins.b.r]!.push(move);
          this.#worklistMoves.push(move);
        }
        for (const d of defs) {
          members(live, (l) => {
            if (l !== except) this.#edge(d, l);
          });
        }
        for (let i = 1; i < defs.length; i++) for (let j = 0; j < i; j++) this.#edge(defs[i]!, defs[j]!);
      });
    }
  }

  #neighbours(r: number): number[] {
    return [...this.adjacent[r]!].filter((n) => this.#state[n] === "");
  }
  #moveRelated(r: number): boolean {
    return this.moves[r]!.some((move) => move.state !== "done");
  }

  run(): void {
    for (let r = FIRST_VIRTUAL; r < this.degree.length; r++) {
      if (this.degree[r]! >= K) this.#spill.add(r);
      else if (this.#moveRelated(r)) this.#freeze.add(r);
      else this.#simplify.add(r);
    }
    for (;;) {
      const simple = first(this.#simplify);
      if (simple !== undefined) this.#simplifyOne(simple);
      else if (this.#worklistMoves.length > 0) this.#coalesce(this.#worklistMoves.pop()!);
      else {
        const frozen = first(this.#freeze);
        if (frozen !== undefined) {
          this.#freeze.delete(frozen);
          this.#simplify.add(frozen);
          this.#freezeMoves(frozen);
        } else if (this.#spill.size > 0) this.#selectSpill();
        else break;
      }
    }
    this.#assign();
  }

  #simplifyOne(r: number): void {
    this.#simplify.delete(r);
    this.#selected.push(r);
    const neighbours = this.#neighbours(r);
    this.#state[r] = "selected";
    for (const n of neighbours) this.#decrement(n);
  }

  #decrement(r: number): void {
    if (r < FIRST_VIRTUAL) return;
    this.degree[r]!--;
    if (this.degree[r] !== K - 1) return;
    this.#enableMoves(r);
    for (const n of this.#neighbours(r)) this.#enableMoves(n);
    this.#spill.delete(r);
    if (this.#moveRelated(r)) this.#freeze.add(r);
    else this.#simplify.add(r);
  }

  #enableMoves(r: number): void {
    for (const move of this.moves[r]!) {
      if (move.state !== "active") continue;
      move.state = "worklist";
      this.#worklistMoves.push(move);
    }
  }

  find(r: number): number {
    let at = r;
    while (this.alias[at] !== at) at = this.alias[at]!;
    return at;
  }

  #maybeSimplify(r: number): void {
    if (r < FIRST_VIRTUAL || this.#moveRelated(r) || this.degree[r]! >= K) return;
    this.#freeze.delete(r);
    this.#simplify.add(r);
  }

  #coalesce(move: Move): void {
    if (move.state !== "worklist") return;
    let u = this.find(move.to);
    let v = this.find(move.from);
    if (v < FIRST_VIRTUAL) [u, v] = [v, u];
    if (u === v) {
      move.state = "done";
      this.#maybeSimplify(u);
    } else if (v < FIRST_VIRTUAL || this.adjacent[u]!.has(v) || u === 4 || u === 5) {
      move.state = "done";
      this.#maybeSimplify(u);
      this.#maybeSimplify(v);
    } else if (this.#safe(u, v)) {
      move.state = "done";
      this.#combine(u, v);
      this.#maybeSimplify(u);
    } else move.state = "active";
  }

  /** George's test against a hardware register, Briggs' between virtual ones. */
  #safe(u: number, v: number): boolean {
    if (u < FIRST_VIRTUAL) {
      return this.#neighbours(v).every((t) => t < FIRST_VIRTUAL || this.degree[t]! < K || this.adjacent[t]!.has(u));
    }
    const both = new Set([...this.#neighbours(u), ...this.#neighbours(v)]);
    let significant = 0;
    for (const n of both) if (this.degree[n]! >= K) significant++;
    return significant < K;
  }

  #combine(u: number, v: number): void {
    this.#freeze.delete(v);
    this.#spill.delete(v);
    this.#state[v] = "coalesced";
    this.alias[v] = u;
    this.cost[u]! += this.cost[v]!;
    for (const move of this.moves[v]!) this.moves[u]!.push(move);
    this.#enableMoves(v);
    for (const t of this.#neighbours(v)) {
      this.#edge(t, u);
      this.#decrement(t);
    }
    if (u >= FIRST_VIRTUAL && this.degree[u]! >= K && this.#freeze.has(u)) {
      this.#freeze.delete(u);
      this.#spill.add(u);
    }
  }

  #freezeMoves(r: number): void {
    for (const move of this.moves[r]!) {
      if (move.state === "done") continue;
      move.state = "done";
      const other = this.find(move.to) === this.find(r) ? this.find(move.from) : this.find(move.to);
      if (other >= FIRST_VIRTUAL && this.#state[other] === "" && !this.#moveRelated(other) && this.degree[other]! < K) {
        this.#freeze.delete(other);
        this.#simplify.add(other);
      }
    }
  }

  #selectSpill(): void {
    let best = -1;
    let bestCost = Number.POSITIVE_INFINITY;
    for (const r of this.#spill) {
      const cost = this.unspillable.has(r) ? 1e30 : this.cost[r]! / this.degree[r]!;
      if (best < 0 || cost < bestCost) {
        best = r;
        bestCost = cost;
      }
    }
    this.#spill.delete(best);
    this.#simplify.add(best);
    this.#freezeMoves(best);
  }

  #assign(): void {
    const usedSaved = new Set<number>();
    while (this.#selected.length > 0) {
      const r = this.#selected.pop()!;
      const taken = new Set<number>();
      for (const n of this.adjacent[r]!) {
        const a = this.find(n);
        if (this.colour[a]! >= 0) taken.add(this.colour[a]!);
      }
      const wish = this.#wish(r, taken);
      const choice =
        wish ??
        allocatable.find((c) => !taken.has(c) && (!isCalleeSaved.has(c) || usedSaved.has(c))) ??
        allocatable.find((c) => !taken.has(c));
      if (choice === undefined) {
        this.spilled.push(r);
        continue;
      }
      this.colour[r] = choice;
      if (isCalleeSaved.has(choice)) usedSaved.add(choice);
    }
    for (let r = FIRST_VIRTUAL; r < this.alias.length; r++) {
      if (this.#state[r] === "coalesced") this.colour[r] = this.colour[this.find(r)]!;
    }
  }

  /** The register of the other end of a copy that was not coalesced, if it is free: the copy vanishes still. */
  #wish(r: number, taken: ReadonlySet<number>): number | undefined {
    for (const move of this.moves[r]!) {
      const other = this.find(move.to) === r ? this.find(move.from) : this.find(move.to);
      const colour = this.colour[other]!;
      if (colour >= 0 && colour !== 4 && colour !== 5 && !taken.has(colour) && !isCalleeSaved.has(colour)) return colour;
    }
    return undefined;
  }
}

function first(set: Set<number>): number | undefined {
  for (const r of set) return r;
  return undefined;
}

/** Gives every virtual register a hardware one, in place. Returns the callee-saved registers that are used. */
export function allocateRegisters(fn: MachineFunction): number[] {
  const temporaries = new Set<number>();
  for (let round = 0; ; round++) {
    if (round > 12) throw new Error("code generator: register allocation does not end");
    const colouring = new Colouring(fn, temporaries);
    colouring.run();
    if (colouring.spilled.length === 0) {
      apply(fn, colouring.colour);
      break;
    }
    const slots = new Map<number, Slot>();
    for (const r of colouring.spilled) slots.set(r, fn.newSlot(8, 8));
    for (let r = FIRST_VIRTUAL; r < colouring.alias.length; r++) {
      const slot = slots.get(colouring.find(r));
      if (slot !== undefined) slots.set(r, slot);
    }
    rewriteSpills(fn, slots, temporaries);
  }
  const used = new Set<number>();
  for (const ins of fn.code) for (const r of defsOf(ins)) if (isCalleeSaved.has(r)) used.add(r);
  return calleeSaved.filter((r) => used.has(r));
}

function apply(fn: MachineFunction, colour: readonly number[]): void {
  const operand = (o: MOperand): MOperand => {
    if (o.k === "r") return { k: "r", r: colour[o.r]! };
    if (o.k !== "m") return o;
    const { base, index, ...rest } = o;
    return { ...rest, ...(base === undefined ? {} : { base: colour[base]! }), ...(index === undefined ? {} : { index: colour[index]! }) };
  };
  for (const ins of fn.code) {
    if (ins.a !== undefined) ins.a = operand(ins.a);
    if (ins.b !== undefined) ins.b = operand(ins.b);
    if (ins.c !== undefined) ins.c = operand(ins.c);
    ins.uses = ins.uses.map((r) => colour[r]!);
    ins.defs = ins.defs.map((r) => colour[r]!);
  }
  // Copies within one register are gone now; a 32-bit one too, since both ends keep the same invariant.
  const kept = fn.code.filter((ins) => !(ins.copy && ins.a?.k === "r" && ins.b?.k === "r" && ins.a.r === ins.b.r));
  fn.code.length = 0;
  for (const ins of kept) fn.code.push(ins);
}
