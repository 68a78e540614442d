/**
 * When is nobody at work? The parts say so themselves (`idle`, `settled`); sockets need turns of the event loop besides. A task may also rest
 * on the clock that only we move (the pause between two tries): then nothing stirs for a while of real time, and that counts as calm too.
 */
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';

/** Longer than any write to the disk of these tests; only paid where somebody rests on the clock. */
const STILL_MS = 60;
const TURNS = 4;

export interface Calm {
  /** Grows as long as anything happens. */
  stirs(): number;
  /** Resolve by themselves, without the clock. */
  readonly settled: readonly (() => Promise<void>)[];
  /** May wait for the clock. */
  readonly idle: readonly (() => Promise<void>)[];
}

export async function settle(calm: Calm): Promise<void> {
  for (let still = 0; still < 2; ) {
    const before = calm.stirs();
    for (const part of calm.settled) await part();
    for (const part of calm.idle) await idleOrStill(calm, part());
    for (let each = 0; each < TURNS; each += 1) await turn();
    still = calm.stirs() === before ? still + 1 : 0;
  }
}

async function idleOrStill({ stirs }: Calm, idle: Promise<void>): Promise<void> {
  let isIdle = false;
  const done = idle.then(() => {
    isIdle = true;
  });
  for (let before = -1; !isIdle && before !== stirs(); ) {
    before = stirs();
    const stop = new AbortController();
    await Promise.race([done, wait(STILL_MS, undefined, { signal: stop.signal }).catch(() => undefined)]); // called off below when idle came first
    stop.abort();
  }
}
