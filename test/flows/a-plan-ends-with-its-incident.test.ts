import { expect, it } from 'vitest';
import { openWorld } from './world.ts';

it('resolved while a plan waits for approval: the plan is taken back, and after a reopening it can be asked for again', async () => {
  const world = await openWorld();
  await world.ada.types('/rollback checkout-api v2.13.2');
  await world.until('the plan', () => world.message(/✋ Waiting for approval/));
  const { name } = world.channel();
  await world.ada.types('/incident resolve It was something else', name);
  await world.until('the end of the plan', () => world.message(/⛔ Cancelled; nothing was sent. the incident was resolved first/i));
  expect(world.message(/✋ Waiting for approval/)).toBeUndefined();

  await world.ada.types('/incident reopen It was not', name);
  await world.pass(5_000);
  await world.ada.types('/rollback v2.13.2', name);
  await world.grace.presses(/^Approve$/);
  await world.until('the verdict', () => world.message(/^Recovered/));
  expect(world.dispatches().map(({ detail }) => detail.title)).toEqual(['Deploy v2.13.2 (INC-1/rb2)']);
});

it('while it is being carried out the incident cannot be resolved over it', async () => {
  const world = await openWorld();
  await world.ada.types('/rollback checkout-api v2.13.2');
  await world.grace.presses(/^Approve$/);
  expect(await world.ada.types('/incident resolve done', world.channel().name)).toMatch(/rollback rb1 is still (applying|tracking).*E_NOT_NOW/s);
  await world.until('the verdict', () => world.message(/^Recovered/));
});
