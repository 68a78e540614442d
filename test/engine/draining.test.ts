import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createDraining } from '../../src/engine/draining.ts';

/** A drain that takes until it is let go, and counts. */
function slowDrain() {
  const waiting: ((how: 'done' | 'broken') => void)[] = [];
  let begun = 0;
  const drain = async (): Promise<void> => {
    begun += 1;
    if ((await new Promise<string>((resolve) => waiting.push(resolve))) === 'broken') throw new Error('broken');
  };
  return { drain, begun: () => begun, end: (how: 'done' | 'broken' = 'done') => waiting.shift()?.(how) };
}
const turns = () => pause(20);

test('a delivery is read in the same turn of the loop in which it came', () => {
  const { drain, begun } = slowDrain();
  createDraining(drain, () => undefined).arrived();
  expect(begun()).toBe(1);
});

test('whatever comes while it is being read is read together, once, after it', async () => {
  const { drain, begun, end } = slowDrain();
  const { arrived, idle } = createDraining(drain, () => undefined);
  for (let delivery = 0; delivery < 1_000; delivery++) arrived();
  expect(begun()).toBe(1);
  end();
  await expect.poll(begun).toBe(2);
  end();
  await idle();
  expect(begun()).toBe(2);
});

test('a reading that fails is told, and ends nothing: the next delivery begins another', async () => {
  const { drain, begun, end } = slowDrain();
  const told: unknown[] = [];
  const { arrived, idle } = createDraining(drain, (error) => told.push(error));
  arrived();
  end('broken');
  await idle();
  expect(told).toMatchObject([{ message: 'broken' }]);
  arrived();
  expect(begun()).toBe(2);
  end();
  await idle();
});

test('between two batches it rests as long as the last one took, at most a tenth of a second, and only while others come in', async () => {
  const { drain, end } = slowDrain();
  const { arrived, giveWay } = createDraining(drain, () => undefined);
  const restedMs = async (tookMs: number): Promise<number> => {
    const begun = performance.now();
    await giveWay(tookMs);
    return performance.now() - begun;
  };
  arrived();
  let rested = false;
  void giveWay(10_000).then(() => (rested = true));
  await turns();
  expect(rested, 'nobody else came in').toBe(true);
  arrived();
  expect(await restedMs(40)).toBeGreaterThanOrEqual(39);
  expect(await restedMs(10_000)).toBeGreaterThanOrEqual(99);
  end();
});
