// The order in which `for (key in array)` goes: busybox's, which is that of its hash table. Measured from outside: 61 chains, the newest key
// of a chain first; a key's number is its bytes in base 63; when a chain holds more than eight keys on average, the table grows.

const SIZES = [61, 251, 1021, 4093, 16381, 65521];
const LOAD = 8;

function hash(key: string): number {
  let sum = 0;
  for (let n = 0; n < key.length; n++) sum = (Math.imul(sum, 63) + key.charCodeAt(n)) >>> 0;
  return sum;
}

export function orderedKeys(array: ReadonlyMap<string, unknown>): string[] {
  let grown = 0;
  let size = SIZES[0] as number;
  // Newest last here, so that a key is added in constant time; read backwards.
  let chains: string[][] = Array.from({ length: size }, () => []);
  const add = (key: string): void => void chains[hash(key) % size]?.push(key);
  let count = 0;
  for (const key of array.keys()) {
    if (++count > size * LOAD && grown + 1 < SIZES.length) {
      const old = chains;
      size = SIZES[++grown] as number;
      chains = Array.from({ length: size }, () => []);
      for (const chain of old) for (const moved of chain.reverse()) add(moved);
    }
    add(key);
  }
  return chains.flatMap((chain) => chain.reverse());
}
