/** SVG → PNG in a thread of its own: a picture must not hold up an ack. The thread starts with the first picture. */
import { Worker } from 'node:worker_threads';
import { Failure } from '../lib/failure.ts';

export interface Painter {
  /** Rejects with E_INTERNAL when the picture cannot be drawn. */
  paint(svg: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A picture takes 20 ms; one that takes this long never comes. */
const DEADLINE_MS = 10_000;

export function createPainter(): Painter {
  let worker: Worker | undefined;
  let last = 0;
  const waiting = new Map<number, { resolve(png: Uint8Array): void; reject(error: Failure): void }>();
  const giveUp = (cause: unknown): void => {
    worker = undefined;
    for (const { reject } of waiting.values()) reject(new Failure('E_INTERNAL', 'the picture could not be drawn', { cause }));
    waiting.clear();
  };
  const start = (): Worker => {
    const thread = new Worker(new URL('./png-thread.ts', import.meta.url));
    thread.unref();
    thread.on('message', (answer: { id: number; png?: Uint8Array; error?: string }) => {
      const asked = waiting.get(answer.id);
      waiting.delete(answer.id);
      if (answer.png) asked?.resolve(answer.png);
      else asked?.reject(new Failure('E_INTERNAL', `the picture could not be drawn: ${answer.error ?? 'no reason given'}`));
    });
    thread.on('error', giveUp);
    return thread;
  };
  return {
    async paint(svg) {
      worker ??= start();
      const id = ++last;
      const timer = setTimeout(() => waiting.get(id)?.reject(new Failure('E_TIMEOUT', `the picture took longer than ${DEADLINE_MS} ms`)), DEADLINE_MS);
      try {
        return await new Promise<Uint8Array>((resolve, reject) => {
          waiting.set(id, { resolve, reject });
          worker?.postMessage({ id, svg });
        });
      } finally {
        clearTimeout(timer);
        waiting.delete(id);
      }
    },
    async close() {
      await worker?.terminate();
      worker = undefined;
    },
  };
}
