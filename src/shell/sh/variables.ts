// The shell's variables: values, export and readonly marks, and the local scopes of functions.

export interface Variable {
  /** undefined: marked (exported, readonly) but not set. */
  value: string | undefined;
  exported: boolean;
  readonly: boolean;
}

export const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export class Variables {
  readonly #map = new Map<string, Variable>();
  /** What each running function's locals have hidden, innermost last. */
  readonly #scopes: Map<string, Variable | undefined>[] = [];

  get(name: string): string | undefined {
    return this.#map.get(name)?.value;
  }

  find(name: string): Variable | undefined {
    return this.#map.get(name);
  }

  /** False where the variable is readonly. */
  set(name: string, value: string): boolean {
    const variable = this.#map.get(name);
    if (variable?.readonly) return false;
    if (variable) variable.value = value;
    else this.#map.set(name, { value, exported: false, readonly: false });
    return true;
  }

  mark(name: string, kind: "exported" | "readonly", on = true): void {
    const variable = this.#map.get(name) ?? { value: undefined, exported: false, readonly: false };
    variable[kind] = on;
    this.#map.set(name, variable);
  }

  unset(name: string): boolean {
    if (this.#map.get(name)?.readonly) return false;
    this.#map.delete(name);
    return true;
  }

  get inFunction(): boolean {
    return this.#scopes.length > 0;
  }

  enterScope(): void {
    this.#scopes.push(new Map());
  }

  leaveScope(): void {
    for (const [name, variable] of this.#scopes.pop() ?? []) {
      if (variable) this.#map.set(name, variable);
      else this.#map.delete(name);
    }
  }

  /** Hides the variable until the function returns; its marks stay, its value is not set. */
  makeLocal(name: string): void {
    const scope = this.#scopes.at(-1);
    if (!scope || scope.has(name)) return;
    const old = this.#map.get(name);
    scope.set(name, old ? { ...old } : undefined);
    if (old) this.#map.set(name, { ...old, value: undefined });
  }

  /** Sets variables for one command and gives a function that puts the old ones back. */
  withTemporary(assignments: readonly (readonly [string, string])[]): () => void {
    const saved = assignments.map(([name]) => {
      const old = this.#map.get(name);
      return [name, old ? { ...old } : undefined] as const;
    });
    for (const [name, value] of assignments) {
      this.set(name, value);
      this.mark(name, "exported");
    }
    return () => {
      for (const [name, old] of saved.reverse()) {
        if (old) this.#map.set(name, old);
        else this.#map.delete(name);
      }
    };
  }

  /** NAME=value of every exported variable that is set. */
  environment(): string[] {
    const list: string[] = [];
    for (const [name, variable] of this.#map) if (variable.exported && variable.value !== undefined) list.push(`${name}=${variable.value}`);
    return list;
  }

  names(): string[] {
    return [...this.#map.keys()].sort();
  }

  clone(): Variables {
    const copy = new Variables();
    for (const [name, variable] of this.#map) copy.#map.set(name, { ...variable });
    for (const scope of this.#scopes) copy.#scopes.push(new Map(scope));
    return copy;
  }
}

/** Text quoted so that a shell reads it back: busybox's single_quote. */
export function singleQuote(text: string): string {
  let out = "";
  let rest = text;
  do {
    const plain = /^[^']*/.exec(rest)?.[0] ?? "";
    if (plain !== "" || text === "" || rest !== "") out += `'${plain}'`;
    rest = rest.slice(plain.length);
    const quotes = /^'*/.exec(rest)?.[0] ?? "";
    if (quotes !== "") out += `"${quotes}"`;
    rest = rest.slice(quotes.length);
  } while (rest !== "");
  return out;
}
