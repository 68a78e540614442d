import { expect, it } from 'vitest';
import { asksForApproval, isApproved } from './story.ts';
import { openWorld } from './world.ts';

it('something the shop depends on is broken: the rollback goes through, helps nothing, and the playbook goes on', async () => {
  const world = await openWorld({ rule: {} });
  world.stage.shop.heal();
  world.stage.shop.breakNow('dependency');
  await asksForApproval(world);
  await isApproved(world);
  await world.until('the verdict', () => world.message(/^No effect/), 200_000);

  expect(world.stage.shop.release()).toBe('v2.13.2');
  expect(world.says(/^No effect/)).toMatch(/The release is probably not the cause/);
  await world.until('the call', () => world.message(/needs its owner/));
  expect(await world.incident()).toMatchObject({ phase: 'open', verdict: { kind: 'no-effect', runs: 'v2.13.2' }, current: 'what-next' });
  expect(world.card()).not.toMatch(/🟢|mitigated/);
  expect(world.dispatches()).toHaveLength(1);

  // It is cured by hand, and then the same measure says so.
  world.stage.shop.heal();
  await world.ada.presses(/^Verify again$/);
  await world.until('the verdict', () => world.message(/^Recovered/));
  expect((await world.incident()).phase).toBe('mitigated');
});
