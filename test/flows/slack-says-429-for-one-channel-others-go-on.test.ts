import { expect, it } from 'vitest';
import { andCartApart } from './services.ts';
import { openWorld } from './world.ts';

it('a limit on one channel delays that channel only, for as long as Slack said, and loses nothing', async () => {
  const world = await openWorld({ services: andCartApart });
  await world.alertFires();
  await world.alertFires({ labels: { service: 'cart-api', alertname: 'CartDown' } });
  await world.pass(20_000);
  const [checkout, cart] = [world.channel('INC-1').name, world.channel('INC-2').name];
  world.stage.slack.faults.next('chat.postMessage', '429:30');
  await world.ada.types('/incident note first in checkout', checkout);
  expect(world.stage.slack.faults.fired).toEqual({ '429:30': 1 });
  await world.ada.types('/incident note second in checkout', checkout);
  await world.ada.types('/incident note first in cart', cart);

  expect(world.message(/first in cart/, 'INC-2')).toBeDefined();
  await world.pass(28_000);
  expect(world.message(/in checkout/)).toBeUndefined();
  // Editing is no posting: the card of the same channel stays true meanwhile.
  await world.ada.presses(/^Take the lead$/, checkout);
  expect(world.card()).toMatch(/lead ada/);
  await world.pass(4_000);
  expect(world.message(/first in checkout/)).toBeDefined();
  await world.until('the second', () => world.message(/second in checkout/));
  const sent = world.stage.slack.requests.filter(({ method, args }) => method === 'chat.postMessage' && JSON.stringify(args).includes('first in checkout'));
  expect(sent.map(({ status }) => status)).toEqual([429, 200]);
});
