import { expect, it } from 'vitest';
import { openWorld } from './world.ts';

it('a release that brought a migration: the file is named, the question is asked, approving stays possible', async () => {
  const world = await openWorld({ github: { migration: true } });
  await world.ada.types('/rollback checkout-api v2.13.2');
  await world.until('the plan', () => world.message(/✋ Waiting for approval/));
  const card = world.says(/✋ Waiting for approval/);
  expect(card).toMatch(/⚠️ look · .*1 migration came with v2\.14\.0: were they run\?/);
  expect(card).toContain('`db/migrate/20261117093000_add_loyalty_tier.sql`');
  await world.grace.presses(/^Approve$/);
  await world.until('the verdict', () => world.message(/^Recovered/));
});

it('without one the check is green and says how much it looked at', async () => {
  const world = await openWorld();
  await world.ada.types('/rollback checkout-api v2.13.2');
  await world.until('the plan', () => world.message(/✋ Waiting for approval/));
  expect(world.says(/✋ Waiting for approval/)).toMatch(/none among \d+ changed files/);
});
