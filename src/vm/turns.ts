// Who runs next and for how long. Seed 0 is plain round robin with a fixed quantum; another seed varies order and quantum, the
// same way each time, to find races.

const QUANTUM = 1000;
const QUANTUM_MIN = 50;
const QUANTUM_SPREAD = 2000;
/** A CPU that is alone in having work need not be interrupted for the others' sake. */
const QUANTUM_ALONE = 100_000;

export interface Turn {
  cpu: number;
  quantum: number;
  /** No other CPU has anything to do. */
  alone: boolean;
}

export class Turns {
  private last = -1;
  private state: number;

  constructor(
    private readonly cpus: number,
    private readonly seed: number,
  ) {
    this.state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  }

  /** The next turn among the runnable CPUs, or undefined if there is none. */
  next(runnable: (cpu: number) => boolean): Turn | undefined {
    const candidates: number[] = [];
    for (let i = 1; i <= this.cpus; i++) {
      const cpu = (this.last + i + this.cpus) % this.cpus;
      if (runnable(cpu)) candidates.push(cpu);
    }
    if (candidates.length === 0) return undefined;
    if (candidates.length === 1) {
      this.last = candidates[0];
      return { cpu: candidates[0], quantum: QUANTUM_ALONE, alone: true };
    }
    const cpu = this.seed === 0 ? candidates[0] : candidates[this.random() % candidates.length];
    this.last = cpu;
    return { cpu, quantum: this.seed === 0 ? QUANTUM : QUANTUM_MIN + (this.random() % QUANTUM_SPREAD), alone: false };
  }

  save(): [last: number, state: number] {
    return [this.last, this.state];
  }

  restore([last, state]: readonly [last: number, state: number]): void {
    this.last = last;
    this.state = state;
  }

  /** xorshift32 (Marsaglia). */
  private random(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    return this.state;
  }
}
