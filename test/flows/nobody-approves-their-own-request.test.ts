import { expect, it } from 'vitest';
import { openWorld, type World } from './world.ts';

/** Lin is on call and may approve; today Lin asks. */
async function linAsks(world: World): Promise<void> {
  await world.lin.types('/rollback checkout-api v2.13.2');
  await world.until('the plan', () => world.message(/✋ Waiting for approval/));
}

it('who asked may not approve, nor may a guest, a stranger, or a member whom the policy does not name', async () => {
  const world = await openWorld();
  await linAsks(world);
  world.stage.slack.world.people.set('U0EVE', { id: 'U0EVE', name: 'eve', kind: 'stranger' });
  expect(await world.lin.presses(/^Approve$/)).toMatch(/You asked for this rollback; somebody else has to approve it. \(E_NOT_ALLOWED\)/);
  expect(await world.gus.presses(/^Approve$/)).toMatch(/Only full members.*E_NOT_ALLOWED/s);
  expect(await world.as('U0EVE').presses(/^Approve$/)).toMatch(/Only full members.*E_NOT_ALLOWED/s);
  expect(await world.ada.presses(/^Approve$/)).toMatch(/not among the people who may approve.*E_NOT_ALLOWED/s);
  expect(world.dispatches()).toEqual([]);

  await world.grace.presses(/^Approve$/);
  await world.until('the run', () => world.dispatches().length === 1);
});

it('membership is what it is at the moment of the click, not when the plan was made', async () => {
  const world = await openWorld();
  const { groups } = world.stage.slack.world;
  const approvers = groups.get('S0APPROVE');
  if (!approvers) throw new Error('the sandbox has no approvers');
  await linAsks(world);
  groups.set('S0APPROVE', { ...approvers, members: ['U0LIN'] });
  await world.pass(5_000);
  expect(await world.grace.presses(/^Approve$/)).toMatch(/not among the people who may approve.*E_NOT_ALLOWED/s);
  expect(world.dispatches()).toEqual([]);
  expect((await world.incident()).rollbacks.rb1?.stage).toBe('asking');

  groups.set('S0APPROVE', { ...approvers, members: ['U0LIN', 'U0GRACE'] });
  await world.pass(5_000);
  await world.grace.presses(/^Approve$/);
  await world.until('the run', () => world.dispatches().length === 1);
});

it('two people who approve at the same moment send it once', async () => {
  const world = await openWorld();
  await world.ada.types('/rollback checkout-api v2.13.2');
  await world.until('the plan', () => world.message(/✋ Waiting for approval/));
  const { ts = '' } = world.message(/✋ Waiting for approval/) ?? {};
  const click = { blockId: 'rollback:rb1', actionId: 'approveRollback' };
  const { id } = world.channel();
  await Promise.all(['U0GRACE', 'U0LIN'].map((who) => world.stage.slack.as(who).click(id, ts, click)));
  await world.until('the verdict', () => world.message(/^Recovered/));
  expect(world.dispatches()).toHaveLength(1);
  expect((await world.incident()).rollbacks.rb1?.approvals).toHaveLength(1);
});

it('where two approvals are needed, one person counts once', async () => {
  const world = await openWorld({ services: (text) => text.replace('require: 1', 'require: 2') });
  await world.ada.types('/rollback checkout-api v2.13.2');
  await world.until('the plan', () => world.message(/✋ Waiting for approval/));
  await world.grace.presses(/^Approve$/);
  expect(await world.grace.presses(/^Approve$/)).toMatch(/another person is needed/);
  expect(world.dispatches()).toEqual([]);
  await world.until('the count', () => world.message(/1 of 2 \(grace\)/));
  await world.lin.presses(/^Approve$/);
  await world.until('the run', () => world.dispatches().length === 1);
});
