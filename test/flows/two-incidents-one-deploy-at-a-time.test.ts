import { expect, it } from 'vitest';
import { andCart } from './services.ts';
import { openWorld } from './world.ts';

it('two incidents want to roll the same environment back: the second waits until the first has ended', async () => {
  const world = await openWorld({ services: andCart });
  await world.ada.types('/rollback checkout-api v2.13.2');
  await world.until('the first plan', () => world.message(/✋ Waiting for approval/, 'INC-1'));
  await world.ada.types('/rollback cart-api v2.13.1');
  await world.until('the second plan', () => world.message(/✋ Waiting for approval/, 'INC-2'));

  await world.grace.presses(/^Approve$/, world.channel('INC-1').name);
  expect(await world.lin.presses(/^Approve$/, world.channel('INC-2').name)).toMatch(/Nothing was sent: INC-1 is rolling.*E_BUSY/s);
  expect(world.dispatches().map(({ detail }) => detail.title)).toEqual(['Deploy v2.13.2 (INC-1/rb1)']);
  expect((await world.incident('INC-2')).rollbacks.rb1).toMatchObject({ stage: 'asking', approvals: [] });

  await world.until('the end of the first', async () => (await world.incident('INC-1')).rollbacks.rb1?.stage === 'done');
  // What was planned before is not what is true now, so it is not sent either: v2.13.2 runs.
  await world.lin.presses(/^Approve$/, world.channel('INC-2').name);
  await world.until('the refusal', () => world.message(/⛔ Refused; nothing was sent/, 'INC-2'));
  expect(world.says(/⛔ Refused/, 'INC-2')).toMatch(/v2\.13\.2 runs now, not v2\.14\.0/);
  expect(world.dispatches()).toHaveLength(1);

  await world.ada.types('/rollback v2.13.1', world.channel('INC-2').name);
  await world.lin.presses(/^Approve$/, world.channel('INC-2').name);
  await world.until('the second run', () => world.dispatches().length === 2);
});

it('two approvals at the same instant: one deploy', async () => {
  const world = await openWorld({ services: andCart });
  await world.ada.types('/rollback checkout-api v2.13.2');
  await world.ada.types('/rollback cart-api v2.13.2');
  const cards = await world.until('both plans', () => {
    const found = ['INC-1', 'INC-2'].map((id) => ({ id, ts: world.message(/✋ Waiting for approval/, id)?.ts ?? '' }));
    return found.every(({ ts }) => ts !== '') && found;
  });
  const click = { blockId: 'rollback:rb1', actionId: 'approveRollback' };
  await Promise.all(cards.map(({ id, ts }) => world.stage.slack.as('U0GRACE').click(world.channel(id).id, ts, click)));
  await world.until(
    'the end',
    async () => (await world.incident('INC-1')).rollbacks.rb1?.stage === 'done' || (await world.incident('INC-2')).rollbacks.rb1?.stage === 'done',
  );
  expect(world.dispatches()).toHaveLength(1);
});
