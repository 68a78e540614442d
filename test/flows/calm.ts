/**
 * When is nobody at work? The parts say so themselves (`idle`, `settled`). One that is not idle may still rest, on the clock that only we move:
 * then nothing is on its way in this process (underway.ts) and nothing stirs.
 */
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { underway } from './underway.ts';

const TURNS = 4;
/** Something that is on its way arrives much sooner, on a busy machine too; what takes longer is not ours to wait for. */
const LOST_MS = 5_000;

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
    for (const part of calm.idle) await idleOrResting(calm, part());
    for (let each = 0; each < TURNS; each += 1) await turn();
    still = calm.stirs() === before ? still + 1 : 0;
  }
}

async function idleOrResting({ stirs }: Calm, idle: Promise<void>): Promise<void> {
  let isIdle = false;
  const done = idle.then(() => {
    isIdle = true;
  });
  for (let lostAt = performance.now() + LOST_MS, still = 0; !isIdle && still < 2 && performance.now() < lostAt; ) {
    const before = stirs();
    for (let each = 0; each < TURNS; each += 1) await turn();
    const isResting = underway() === undefined && stirs() === before;
    still = isResting ? still + 1 : 0;
    if (stirs() !== before) lostAt = performance.now() + LOST_MS;
    // Turns alone would keep a processor busy that a thread may need for its answer.
    else if (!isResting) await Promise.race([done, wait(1)]);
  }
}
