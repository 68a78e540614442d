/** The only source of "now" outside tests; tests hand in a clock they move themselves. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number;
  /** Calls `fn` once when `now()` has reached `at`; returns a function that takes it back. */
  at(at: number, fn: () => void): () => void;
}

// setTimeout keeps delays in a signed 32-bit number; a longer one would fire at once.
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export const realClock: Clock = {
  now: () => Date.now(),
  at(at, fn) {
    const timer = setTimeout(fn, Math.min(Math.max(0, at - Date.now()), LONGEST_TIMEOUT_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
