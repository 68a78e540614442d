import { expect, it } from 'vitest';
import { andCartApart } from './services.ts';
import { openWorld, type World } from './world.ts';

const MINUTE = 60_000;
const slow = { labels: { alertname: 'CheckoutSlow' }, annotations: { summary: 'Checkout takes 4 s' } };
const cart = { labels: { service: 'cart-api', alertname: 'CartDown' }, annotations: { summary: 'The cart is down' } };
const rooms = (world: World): readonly string[] => world.channels().flatMap(({ name }) => (name.startsWith('inc-') ? [name] : []));

it('/incident held lists what is silent, what that holds back and until when, only to the one who asked', async () => {
  const world = await openWorld({ services: andCartApart });
  expect(await world.ada.types('/incident held')).toContain('Nothing is held back.');
  expect(await world.ada.types('/incident snooze checkout-api 30m we move the database')).toMatch(/^Snoozed \(number 1\)/);
  await world.alertFires(slow);
  const read = await world.grace.types('/incident held');
  expect(read).toContain('1 alert is held back.');
  expect(read).toMatch(/\*Snooze 1\* of checkout-api until .* by ada: we move the database/);
  expect(read).toMatch(/SEV1 \*checkout-api\* Checkout takes 4 s: snoozed by ada, 30 min left: we move the database; looked at again at/);
  expect(rooms(world)).toEqual([]);
  expect(world.channels().flatMap(({ messages }) => messages.filter(({ text }) => text.includes('held back')))).toEqual([]);
});

it('when a snooze ends, what still fires opens its incident and says why; what has cleared meanwhile does not', async () => {
  const world = await openWorld({ services: andCartApart });
  await world.ada.types('/incident snooze checkout-api cart-api 30m we move the database');
  await world.alertFires(slow);
  await world.alertFires(cart);
  const cartDown = world.alerting.firing().at(-1);
  await world.pass(10 * MINUTE);
  await world.alerting.resolve(cartDown);
  await world.pass(20 * MINUTE - 10_000);
  expect(rooms(world)).toEqual([]);

  await world.until('the incident', () => world.program.port.incident('INC-1'));
  await world.pass(5_000);
  expect(rooms(world)).toEqual(['inc-1-checkout-api']);
  expect((await world.incident()).openedBecause).toBe('it fires still after the snooze');
  expect(world.card()).toMatch(/Checkout takes 4 s/);
  expect(await world.ada.types('/incident held')).toContain('Nothing is held back.');
  // New alerts are told at once again.
  await world.alertFires(cart);
  await world.pass(5_000);
  expect(rooms(world)).toEqual(['inc-1-checkout-api', 'inc-2-cart-api']);
});

it('a snooze that somebody ends early tells at once what it held, and is no longer listed', async () => {
  const world = await openWorld();
  await world.ada.types('/incident snooze checkout-api 2h we move the database');
  await world.alertFires(slow);
  await world.gus.joins('general');
  expect(await world.gus.types('/incident unsnooze 1')).toMatch(/Only full members of this workspace can do that/);
  expect(rooms(world)).toEqual([]);
  expect(await world.grace.types('/incident unsnooze Checkout-API')).toContain('No longer snoozed: checkout-api. What it held and still fires is told now.');
  await world.pass(5_000);
  expect(rooms(world)).toEqual(['inc-1-checkout-api']);
  expect(await world.ada.types('/incident held')).toContain('Nothing is held back.');
});
