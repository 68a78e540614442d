/** A clock that stands still until it is moved; on the way it stops at every moment somebody waits for. */
import type { Clock } from '../../src/lib/clock.ts';

export interface HandClock extends Clock {
  /** Moves on by so many milliseconds. */
  move(ms: number): void;
}

export const START = Date.UTC(2026, 10, 20, 8, 0, 0);

export function handClock(start = START): HandClock {
  let now = start;
  const waiting = new Set<{ readonly at: number; readonly fn: () => void }>();
  return {
    now: () => now,
    at(at, fn) {
      const entry = { at, fn };
      waiting.add(entry);
      return () => waiting.delete(entry);
    },
    move(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = [...waiting].filter((one) => one.at <= end).sort((a, b) => a.at - b.at);
        if (!next) break;
        waiting.delete(next);
        now = Math.max(now, next.at);
        next.fn();
      }
      now = end;
    },
  };
}
