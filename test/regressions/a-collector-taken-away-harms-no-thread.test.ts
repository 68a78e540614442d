/** Giving memory back turns a flag of the whole process on and off; two threads that did so at the same moment once ended the database's thread. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';

const MEMORY = new URL('../../src/lib/memory.ts', import.meta.url).href;
const SCRIPT = `const { giveBackMemory } = await import(${JSON.stringify(MEMORY)}); for (let n = 0; n < 40; n++) giveBackMemory();`;

test('threads that give memory back at the same moment all go on', async () => {
  const threads = Array.from({ length: 4 }, () => new Worker(new URL(`data:text/javascript,${encodeURIComponent(SCRIPT)}`)));
  const ends = await Promise.all(threads.map((thread) => once(thread, 'exit').then(([code]) => code, String)));
  expect(ends).toEqual([0, 0, 0, 0]);
});
