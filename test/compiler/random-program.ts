// Random functions in kernel TypeScript and in C with the same meaning: locals of all widths, arithmetic, comparisons, casts,
// control flow, arrays, structs and calls. Used to compare kcc with gcc.

const types = ["u8", "u16", "u32", "u64", "s8", "s16", "int", "s64", "bool"] as const;
type Name = (typeof types)[number];
const cNames: Record<Name, string> = {
  u8: "unsigned char",
  u16: "unsigned short",
  u32: "unsigned int",
  u64: "unsigned long",
  s8: "signed char",
  s16: "short",
  int: "int",
  s64: "long",
  bool: "_Bool",
};

/** One text in both languages. */
interface Pair {
  ts: string;
  c: string;
}

class Generator {
  #state: number;
  variables: { name: string; type: Name; writable: boolean }[] = [];
  readonly functions: { name: string; params: Name[]; result: Name }[] = [];
  #loops = 0;
  #counter = 0;

  constructor(seed: number) {
    this.#state = (seed * 2654435761 + 12345) >>> 0;
  }

  next(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 0x1_0000_0000) * limit);
  }
  pick<T>(items: readonly T[]): T {
    return items[this.next(items.length)]!;
  }

  constant(): Pair {
    const values = [
      "0",
      "1",
      "2",
      "3",
      "5",
      "7",
      "8",
      "10",
      "100",
      "127",
      "128",
      "255",
      "256",
      "1000",
      "32767",
      "32768",
      "65535",
      "0x7fffffff",
      "0x80000000",
      "0xffffffff",
      "0x123456789",
      "0x7fffffffffffffff",
    ];
    const value = this.pick(values);
    // A hexadecimal literal of C can be unsigned int; kernel TypeScript's is int, else s64.
    return { ts: value, c: BigInt(value) > 0x7fffffffn ? `(${BigInt(value)}L)` : value };
  }

  leaf(): Pair {
    const kind = this.next(10);
    if (kind < 2) return this.constant();
    if (kind < 3) {
      const index = this.pick(this.variables).name;
      const array = this.pick(["ga", "gb", "gc"]);
      return { ts: `${array}[u64(${index}) & 7]`, c: `${array}[(unsigned long)(${index}) & 7]` };
    }
    if (kind < 4) {
      const field = this.pick(["p.a", "p.b", "p.c", "p.d", "p.e.x", "p.e.y", "p.f[2]", "p.g"]);
      return { ts: field, c: field.replace("p.", "p->") };
    }
    const { name } = this.pick(this.variables);
    return { ts: name, c: name };
  }

  expression(depth: number): Pair {
    if (depth <= 0) return this.leaf();
    const kind = this.next(20);
    const a = this.expression(depth - 1);
    if (kind < 9) {
      const op = this.pick(["+", "-", "*", "&", "|", "^", "+", "-", "&"]);
      const b = this.expression(depth - 1);
      return { ts: `(${a.ts} ${op} ${b.ts})`, c: `(${a.c} ${op} ${b.c})` };
    }
    if (kind < 11) {
      const op = this.pick(["<", "<=", ">", ">=", "===", "!=="]);
      const b = this.expression(depth - 1);
      return { ts: `(${a.ts} ${op} ${b.ts})`, c: `(${a.c} ${op.slice(0, op.length === 3 ? 2 : undefined)} ${b.c})` };
    }
    if (kind < 13) {
      const op = this.pick(["<<", ">>"]);
      if (this.next(2) === 0) {
        const n = this.next(31);
        return { ts: `(${a.ts} ${op} ${n})`, c: `(${a.c} ${op} ${n})` };
      }
      const b = this.expression(depth - 2);
      return { ts: `(${a.ts} ${op} (${b.ts} & 31))`, c: `(${a.c} ${op} (${b.c} & 31))` };
    }
    if (kind < 14) {
      const op = this.pick(["/", "%"]);
      if (this.next(2) === 0) {
        const n = this.pick([1, 2, 3, 4, 7, 8, 10, 16, 1000, 4096]);
        return { ts: `(${a.ts} ${op} ${n})`, c: `(${a.c} ${op} ${n})` };
      }
      const b = this.expression(depth - 2);
      return { ts: `(${a.ts} ${op} ((${b.ts} & 0xff) | 1))`, c: `(${a.c} ${op} ((${b.c} & 0xff) | 1))` };
    }
    if (kind < 16) {
      const type = this.pick(types.slice(0, 8));
      return { ts: `${type}(${a.ts})`, c: `((${cNames[type]})(${a.c}))` };
    }
    if (kind < 17) {
      const op = this.pick(["-", "~", "!"]);
      return { ts: `(${op}${a.ts})`, c: `(${op}${a.c})` };
    }
    if (kind < 18) {
      const [b, c] = [this.expression(depth - 1), this.expression(depth - 1)];
      return { ts: `(${a.ts} ? ${b.ts} : ${c.ts})`, c: `(${a.c} ? ${b.c} : ${c.c})` };
    }
    const op = this.pick(["&&", "||"]);
    const b = this.expression(depth - 1);
    return { ts: `((${a.ts} !== 0) ${op} (${b.ts} !== 0))`, c: `((${a.c} != 0) ${op} (${b.c} != 0))` };
  }

  place(): Pair & { bool: boolean } {
    const kind = this.next(6);
    if (kind === 0) {
      const index = this.next(8);
      const array = this.pick(["ga", "gb", "gc"]);
      return { ts: `${array}[${index}]`, c: `${array}[${index}]`, bool: false };
    }
    if (kind === 1) {
      const field = this.pick(["p.a", "p.b", "p.c", "p.d", "p.e.x", "p.e.y", "p.f[1]"]);
      return { ts: field, c: field.replace("p.", "p->"), bool: false };
    }
    const { name, type } = this.pick(this.variables.filter((v) => v.writable));
    return { ts: name, c: name, bool: type === "bool" };
  }

  /** A call as a statement of its own: the order in which C evaluates calls inside an expression is not given. */
  call(): Pair {
    const f = this.pick(this.functions);
    const place = this.place();
    const args = f.params.map(() => this.expression(2));
    const text = (key: "ts" | "c") => `${place[key]} = ${f.name}(p, ${args.map((x) => x[key]).join(", ")});`;
    return { ts: text("ts"), c: text("c") };
  }

  statement(depth: number): Pair {
    if (this.functions.length > 0 && this.next(8) === 0) return this.call();
    const kind = this.next(depth > 0 ? 13 : 7);
    if (kind < 3) {
      const place = this.place();
      const value = this.expression(3);
      return { ts: `${place.ts} = ${value.ts};`, c: `${place.c} = ${value.c};` };
    }
    if (kind < 5) {
      const place = this.place();
      if (place.bool) return { ts: `${place.ts} = !${place.ts};`, c: `${place.c} = !${place.c};` };
      const op = this.pick(["+=", "-=", "*=", "&=", "|=", "^=", "<<=", ">>="]);
      const value = op.length === 3 ? { ts: String(this.next(7)), c: "" } : this.expression(2);
      return { ts: `${place.ts} ${op} ${value.ts};`, c: `${place.c} ${op} ${value.c || value.ts};` };
    }
    if (kind < 6) {
      const place = this.place();
      const target = this.place();
      const op = this.pick(["++", "--"]);
      if (place.bool || place.ts === target.ts) return { ts: ";", c: ";" };
      const text = this.next(2) === 0 ? [op, ""] : ["", op];
      return { ts: `${target.ts} = ${text[0]}${place.ts}${text[1]};`, c: `${target.c} = ${text[0]}${place.c}${text[1]};` };
    }
    if (kind < 7) {
      const type = this.pick(types);
      const name = `v${this.#counter++}`;
      const value = this.expression(3);
      this.variables.push({ name, type, writable: true });
      return {
        ts: `let ${name}: ${type} = ${type === "bool" ? `!!(${value.ts})` : value.ts};`,
        c: `${cNames[type]} ${name} = ${value.c};`,
      };
    }
    if (kind < 10) {
      const test = this.expression(2);
      const [a, b] = [this.block(depth - 1), this.block(depth - 1)];
      return { ts: `if (${test.ts}) {\n${a.ts}} else {\n${b.ts}}`, c: `if (${test.c}) {\n${a.c}} else {\n${b.c}}` };
    }
    if (kind < 12 && this.#loops < 2) {
      const name = `i${this.#counter++}`;
      const type = this.pick(["int", "u32", "u64", "u8"] as const);
      const count = 1 + this.next(6);
      this.#loops++;
      const saved = this.variables;
      this.variables = [...saved, { name, type, writable: false }];
      const body = this.block(depth - 1);
      this.variables = saved;
      this.#loops--;
      const skip = this.next(3) === 0 ? this.expression(1) : undefined;
      const [tsSkip, cSkip] = skip === undefined ? ["", ""] : [`if (${skip.ts}) continue;\n`, `if (${skip.c}) continue;\n`];
      return {
        ts: `for (let ${name}: ${type} = 0; ${name} < ${count}; ${name}++) {\n${tsSkip}${body.ts}}`,
        c: `for (${cNames[type]} ${name} = 0; ${name} < ${count}; ${name}++) {\n${cSkip}${body.c}}`,
      };
    }
    const on = this.expression(2);
    const cases = Array.from({ length: 2 + this.next(8) }, (_, i) => ({
      value: i * (1 + this.next(2)) * 3 + i,
      body: this.block(0),
      stop: this.next(3) > 0,
    }));
    const unique = cases.filter((one, i) => cases.findIndex((other) => other.value === one.value) === i);
    const clauses = (key: "ts" | "c") =>
      unique.map((one) => `case ${one.value}: {\n${one.body[key]}}\n${one.stop ? "break;\n" : ""}`).join("");
    const fallback = this.block(0);
    return {
      ts: `switch (${on.ts} & 31) {\n${clauses("ts")}default: {\n${fallback.ts}}\n}`,
      c: `switch (${on.c} & 31) {\n${clauses("c")}default: {\n${fallback.c}}\n}`,
    };
  }

  block(depth: number): Pair {
    const saved = this.variables;
    this.variables = [...saved];
    const parts = Array.from({ length: 1 + this.next(3) }, () => this.statement(depth));
    this.variables = saved;
    return { ts: parts.map((x) => `${x.ts}\n`).join(""), c: parts.map((x) => `${x.c}\n`).join("") };
  }

  function(index: number): Pair {
    const name = `f${index}`;
    const params = Array.from({ length: 1 + this.next(8) }, () => this.pick(types));
    const result = this.pick(types);
    this.variables = params.map((type, i) => ({ name: `a${i}`, type, writable: true }));
    const body = this.block(3);
    const value = this.expression(3);
    const tsParams = params.map((type, i) => `a${i}: ${type}`).join(", ");
    const cParams = params.map((type, i) => `${cNames[type]} a${i}`).join(", ");
    this.functions.push({ name, params, result });
    return {
      ts: `export function ${name}(p: pack, ${tsParams}): ${result} {\n${body.ts}return ${result === "bool" ? `!!(${value.ts})` : value.ts};\n}\n`,
      c: `${cNames[result]} ${name}(struct pack *p, ${cParams}) {\n${body.c}return ${value.c};\n}\n`,
    };
  }
}

const tsHead = `interface inner extends struct<"inner"> { x?: u8; y?: s64 }
interface pack extends struct<"pack"> { a?: u8; b?: s16; c?: u32; d?: s64; e?: embed<inner>; f?: array<u16, 5>; g?: bool }
export let ga: array<u8, 8>;
export let gb: array<int, 8>;
export let gc: array<u64, 8>;
`;
const cHead = `struct inner { unsigned char x; long y; };
struct pack { unsigned char a; short b; unsigned int c; long d; struct inner e; unsigned short f[5]; _Bool g; };
`;

export interface RandomProgram {
  readonly ts: string;
  readonly c: string;
  readonly driver: string;
}

/** Both texts, and a driver in C that calls each function with many values and prints results and memory. */
export function randomProgram(seed: number, functions: number): RandomProgram {
  const generator = new Generator(seed);
  const bodies = Array.from({ length: functions }, (_, i) => generator.function(i));
  const values = [
    "0",
    "1",
    "-1",
    "2",
    "127",
    "128",
    "200",
    "255",
    "-128",
    "32767",
    "65535",
    "0x7fffffff",
    "0x80000000",
    "0xdeadbeefcafe",
    "0x8000000000000000",
  ];
  const calls = generator.functions.flatMap(({ name, params }) =>
    Array.from({ length: 8 }, () => {
      // Arguments with garbage above their width: a callee must not trust it, gcc's callers pass such.
      const args = params.map(() => generator.pick(values));
      return `  reset(); printf("${name} %ld", (long)${name}(&p, ${args.join(", ")})); dump();\n`;
    }),
  );
  const prototypes = generator.functions.map(
    ({ name, params, result }) => `${cNames[result]} ${name}(struct pack *, ${params.map((type) => cNames[type]).join(", ")});\n`,
  );
  const driver = `#include <stdio.h>\n#include <string.h>\n${cHead}${prototypes.join("")}
extern unsigned char ga[8]; extern int gb[8]; extern unsigned long gc[8];
static struct pack p;
static void reset(void) {
  memset(&p, 0, sizeof p);
  p.a = 200; p.b = -3; p.c = 0x89abcdef; p.d = -5000000000L; p.e.x = 7; p.e.y = 1L << 40; p.f[1] = 40000; p.f[2] = 77; p.g = 1;
  for (int i = 0; i < 8; i++) { ga[i] = i * 37; gb[i] = (i - 4) * 1000003; gc[i] = i * 0x1111111111111111UL; }
}
static void dump(void) {
  unsigned long h = 0;
  for (int i = 0; i < 8; i++) h = h * 31 + ga[i] + gb[i] * 7 + gc[i] * 13;
  printf(" %d %d %u %ld %d %ld %d %d %lx\\n", p.a, p.b, p.c, p.d, p.e.x, p.e.y, p.f[1], p.g, h);
}
int main(void) {\n${calls.join("")}  return 0;\n}\n`;
  return {
    ts: tsHead + bodies.map((body) => body.ts).join(""),
    c: `${cHead}unsigned char ga[8]; int gb[8]; unsigned long gc[8];\n${bodies.map((body) => body.c).join("")}`,
    driver,
  };
}
