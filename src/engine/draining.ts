/**
 * When the inbox is read: at once after a delivery, never twice at the same time, and while more of them come in for half of the time at
 * most. Taking deliveries goes before reading them: what is not taken is lost, what is not read waits on the disk.
 */
import { setTimeout as pause } from 'node:timers/promises';

export interface Draining {
  /** Something was stored, or is being stored right now: whatever is asked after this finds it. */
  arrived(): void;
  /** For between two batches: rests as long as the last one took while others want to be heard. */
  giveWay(tookMs: number): Promise<void>;
  /** Resolves when nothing is being read and nothing waits to be. */
  idle(): Promise<void>;
}

const LONGEST_REST_MS = 100;

/** `failed` is told and decides when to come back. */
export function createDraining(drain: () => Promise<unknown>, failed: (error: unknown) => void): Draining {
  let isAsked = false;
  let running: Promise<void> | undefined;
  const giveWay = async (tookMs: number): Promise<void> => {
    if (isAsked) await pause(Math.min(LONGEST_REST_MS, tookMs));
  };
  const run = async (): Promise<void> => {
    while (isAsked) {
      isAsked = false;
      const begun = performance.now();
      await drain();
      await giveWay(performance.now() - begun);
    }
  };
  const arrived = (): void => {
    isAsked = true;
    running ??= run()
      .catch(failed)
      .finally(() => {
        running = undefined;
        if (isAsked) arrived();
      });
  };
  return {
    arrived,
    giveWay,
    async idle() {
      while (running !== undefined) await running;
    },
  };
}
