/** A clock that only the test moves. One timer at a time, so that whatever a timer sets off sees the moment it was meant for. */
import type { Clock } from '../../src/lib/clock.ts';

export interface HandClock extends Clock {
  /** When the earliest timer is due; undefined: none waits. */
  next(): number | undefined;
  /** Moves on (never back) and runs what has become due, in order. */
  moveTo(at: number): void;
  /** A jump: it is later at once, and what was due meanwhile runs only with the next move. */
  leap(ms: number): void;
  /** How often somebody asked for the time or set a timer: as long as this grows, somebody is at work. */
  readonly stirs: number;
}

export function handClock(start = Date.UTC(2026, 10, 20, 12)): HandClock {
  let now = start;
  let stirs = 0;
  const timers = new Set<{ at: number; fn: () => void }>();
  const earliest = (): { at: number; fn: () => void } | undefined => [...timers].reduce((a, b) => (a && a.at <= b.at ? a : b), undefined as never);
  return {
    get stirs() {
      return stirs;
    },
    now() {
      stirs += 1;
      return now;
    },
    at(at, fn) {
      stirs += 1;
      const timer = { at, fn };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    leap(ms) {
      now += ms;
    },
    next: () => earliest()?.at,
    moveTo(at) {
      for (let timer = earliest(); timer && timer.at <= at; timer = earliest()) {
        timers.delete(timer);
        now = Math.max(now, timer.at);
        timer.fn();
      }
      now = Math.max(now, at);
    },
  };
}
