/**
 * Sends alerts over raw kept-alive connections, as fast as answers come or at a pace. A process of its own, so that it takes no time from the
 * server. Told what to send through alerts.ts.
 */
import { type AlertLoad, type AlertLoaded, requestText } from './alerts.ts';
import { sharedNow } from './delay.ts';
import { lane, type Talker } from './lane.ts';

// This process never sends the same alert twice.
let serial = 0;

interface Books {
  readonly tookMs: number[];
  readonly wrong: Record<string, number>;
  readonly listed: [number, number][];
  sent: number;
}

async function run(load: AlertLoad): Promise<AlertLoaded> {
  const books: Books = { tookMs: [], wrong: {}, listed: [], sent: 0 };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: load.connections }, () => lane(load.port, sender(load, books, startedAt))));
  const seconds = (performance.now() - startedAt) / 1000;
  const sorted = Float64Array.from(books.tookMs).sort();
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  const { wrong, listed } = books;
  return { taken: sorted.length, perSecond: sorted.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), wrong, listed };
}

function sender(load: AlertLoad, books: Books, startedAt: number): Talker {
  let first = 0;
  const note = (what: string): void => {
    books.wrong[what] = (books.wrong[what] ?? 0) + 1;
  };
  return {
    next(send) {
      const now = performance.now();
      if (books.sent >= load.requests || now - startedAt >= load.forMs) return send(undefined);
      const dueAt = load.perSecond === 0 ? now : startedAt + (books.sent * 1000) / load.perSecond;
      books.sent += 1;
      first = serial;
      serial += load.alerts;
      const text = requestText(load, first);
      if (load.perSecond === 0) send(text);
      else if (dueAt > now) setTimeout(() => send(text), dueAt - now);
      else send(text, dueAt); // all connections were busy: who waits for one, waits from then
    },
    answered(status, tookMs) {
      if (!status.startsWith('2')) return note(status);
      books.tookMs.push(tookMs);
      if (load.isListed) books.listed.push([first, sharedNow()]);
    },
    broke: note,
  };
}

process.on('message', (load: AlertLoad) => {
  void run(load).then((loaded) => process.send?.(loaded));
});
process.on('disconnect', () => process.disconnect?.());
