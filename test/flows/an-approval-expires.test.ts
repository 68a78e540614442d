import { expect, it } from 'vitest';
import { replacing } from './services.ts';
import { openWorld } from './world.ts';

const HALF_A_MINUTE = replacing(['expires: 10m', 'expires: 30s']);

it('a plan nobody approves in time ends; even a card that still shows the button starts nothing', async () => {
  const world = await openWorld({ services: HALF_A_MINUTE });
  await world.ada.types('/rollback checkout-api v2.13.2');
  await world.until('the plan', () => world.message(/✋ Waiting for approval/));
  await world.pass(29_000);
  // Slack is not well when the time is over: the old card, with its button, stays on the screen for a moment.
  for (let each = 0; each < 3; each += 1) world.stage.slack.faults.next('chat.update', '500');
  await world.until('the end of the time', async () => (await world.incident()).rollbacks.rb1?.stage === 'expired');
  expect(world.message(/✋ Waiting for approval/)).toBeDefined();
  expect(await world.grace.presses(/^Approve$/)).toMatch(/This rollback is expired; there is nothing to approve.*E_NOT_NOW/s);
  await world.until('the card', () => world.message(/⌛ Expired; nothing was sent/));
  await world.pass(60_000);

  expect(world.dispatches()).toEqual([]);
  expect((await world.timeline()).find(({ kind }) => kind === 'rollbackEnded')).toMatchObject({ outcome: 'expired', because: 'nobody approved it in time' });
  expect(world.says(/⌛ Expired/)).toMatch(/Roll back…/);
});

it('after it has expired it can be asked for again, and then it goes through', async () => {
  const world = await openWorld({ services: HALF_A_MINUTE });
  await world.ada.types('/rollback checkout-api v2.13.2');
  await world.until('the end of the time', () => world.message(/⌛ Expired/));
  await world.ada.types('/rollback v2.13.2', world.channel().name);
  await world.until('the plan', () => world.message(/✋ Waiting for approval/));
  await world.grace.presses(/^Approve$/);
  await world.until('the verdict', () => world.message(/^Recovered/));
  expect(world.dispatches().map(({ detail }) => detail.title)).toEqual(['Deploy v2.13.2 (INC-1/rb2)']);
});
