import { expect, it } from 'vitest';
import { openWorld } from './world.ts';

it('the deploy job fails: it is named, the owner is called, and nothing claims success', async () => {
  const world = await openWorld({ github: { outcome: () => 'failure' } });
  await world.ada.types('/rollback checkout-api v2.13.2');
  await world.grace.presses(/^Approve$/);
  await world.until('the end', () => world.message(/⛔ Failed/));
  expect(world.says(/⛔ Failed/)).toMatch(/the run ended with “failure” in the job “deploy › Run .*”; v2\.14\.0 may still be running[\s\S]*Watch the run/);
  await world.until('the call', () => world.message(/needs its owner/));
  await world.pass(20_000);
  expect(world.dispatches()).toHaveLength(1);
  expect(await world.incident()).toMatchObject({
    phase: 'open',
    verdict: undefined,
    rollbacks: { rb1: { stage: 'failed', job: expect.stringMatching(/^deploy/) } },
  });
  expect(world.message(/recovered/i)).toBeUndefined();
});
