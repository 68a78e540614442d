import { expect, it } from 'vitest';
import { openWorld } from './world.ts';

it('a release that brought a migration is red: the file is named and the question asked; the answer "not run" makes it safe', async () => {
  const world = await openWorld({ github: { migration: true } });
  await world.ada.types('/rollback checkout-api v2.13.2');
  await world.until('the plan', () => world.message(/✋ Waiting for approval/));
  const card = world.says(/✋ Waiting for approval/);
  expect(card).toMatch(/Red[\s\S]*Migrations[\s\S]*1 migration between v2\.13\.2 and v2\.14\.0/);
  expect(card).toContain('db/migrate/20261117093000_add_loyalty_tier.sql');
  await world.lin.presses(/They were not run/);
  await world.until('the new plan', () => world.message(/Amber[\s\S]*✋ Waiting for approval/));
  await world.grace.presses(/^Approve$/);
  await world.until('the verdict', () => world.message(/^Recovered/));
  expect(world.dispatches()).toHaveLength(1);
});

it('without one, what is fine is folded into one line', async () => {
  const world = await openWorld();
  await world.ada.types('/rollback checkout-api v2.13.2');
  await world.until('the plan', () => world.message(/✋ Waiting for approval/));
  expect(world.says(/✋ Waiting for approval/)).toMatch(/checks ok: .*Migrations/);
});
