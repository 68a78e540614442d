/** From a delivery that was let in to the inbox: stored, or 503. */
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';

/** A database that does not answer must not hold the sender: it gets 503 and sends again. */
const ACCEPT_MAX_MS = 2_000;

export interface Arriving {
  readonly source: string;
  readonly body: string;
  readonly receivedAt: number;
  /** A delivery with the same word within 72 h is the same delivery. */
  readonly once?: string;
}

export interface Inbox {
  /** On disk when it resolves; false: it was there already. */
  readonly accept: (delivery: Arriving) => Promise<boolean>;
  readonly clock: Clock;
}

/** False: it was stored before. Throws E_STORE. */
export async function deliver({ accept, clock }: Inbox, delivery: Arriving): Promise<boolean> {
  let takeBack = (): void => undefined;
  const tooLate = new Promise<never>((_, reject) => {
    takeBack = clock.at(delivery.receivedAt + ACCEPT_MAX_MS, () => reject(notStored('the database did not answer in time')));
  });
  try {
    return await Promise.race([accept(delivery), tooLate]);
  } catch (error) {
    throw error instanceof Failure ? error : notStored('the delivery could not be stored', error);
  } finally {
    takeBack();
  }
}

export function notStored(message: string, cause?: unknown): Failure {
  return new Failure('E_STORE', message, { hint: 'send it again; nothing is lost as long as you do', cause });
}
