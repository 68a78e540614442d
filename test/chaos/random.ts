/** A seeded source of numbers, so that a run that failed can be repeated: SEED sets the seed that the run printed. */
export interface Random {
  readonly seed: number;
  /** 0…1. */
  next(): number;
  /** A whole number, `from` ≤ n < `to`. */
  whole(from: number, to: number): number;
}

export function seeded(seed = Number(process.env.SEED ?? Date.now() % 1_000_000)): Random {
  let state = seed >>> 0;
  // mulberry32 (Tommy Ettinger, public domain): small, and good enough to choose moments.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { seed, next, whole: (from, to) => from + Math.floor(next() * (to - from)) };
}
