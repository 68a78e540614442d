import { expect, it } from 'vitest';
import { isApproved } from './story.ts';
import { openWorld, type World } from './world.ts';

async function isRolledBack(world: World): Promise<void> {
  await world.ada.types('/rollback checkout-api v2.13.2');
  await isApproved(world);
}

async function isBlind(world: World): Promise<void> {
  await world.until('the verdict', () => world.message(/^Blind: no data/), 200_000);
  expect(world.says(/^Blind/)).toMatch(/No data is never healthy/);
  expect(await world.incident()).toMatchObject({ phase: 'open', verdict: { kind: 'blind', after: undefined } });
  expect(world.card()).not.toMatch(/🟢|mitigated/);
  await world.until('the call', () => world.message(/needs its owner/));
}

it('Prometheus is down while it is verified: blind, and the owner is called', async () => {
  const world = await openWorld();
  await isRolledBack(world);
  world.stage.prometheus.down(true);
  await isBlind(world);
});

it('Prometheus answers and has no samples: blind as well', async () => {
  const world = await openWorld();
  await isRolledBack(world);
  world.stage.prometheus.blind(true);
  await isBlind(world);
});

it('the numbers come back in time: then they count', async () => {
  const world = await openWorld();
  await isRolledBack(world);
  world.stage.prometheus.down(true);
  await world.until('the run', async () => (await world.incident()).rollbacks.rb1?.stage === 'done');
  await world.pass(10_000);
  expect((await world.incident()).verdict).toBeUndefined();
  world.stage.prometheus.down(false);
  await world.until('the verdict', () => world.message(/^Recovered/));
});

it('a dead service gives no numbers, and no numbers prove nothing', async () => {
  const world = await openWorld();
  await isRolledBack(world);
  await world.until('the run', async () => (await world.incident()).rollbacks.rb1?.stage === 'done');
  world.stage.shop.down(true);
  await isBlind(world);
});
