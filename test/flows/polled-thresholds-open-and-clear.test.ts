import { setTimeout as realTime } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { replacing } from './services.ts';
import { openWorld, type World } from './world.ts';

const POLLED = replacing(['for: 2s', 'for: 10s\n        poll: 5s']);

/** node-cron pokes by the real second, whatever our clock says; what is due is then reckoned by our clock. */
async function passPoked(world: World, ms: number): Promise<void> {
  await world.pass(ms);
  await realTime(1_100);
  await world.settle();
}

const incidents = (world: World): number => world.channels().filter(({ name }) => name.startsWith('inc-')).length;

it('a rate above its threshold for long enough opens an incident; below it again, the alert clears and nobody had to send anything', async () => {
  const world = await openWorld({ services: POLLED });
  await passPoked(world, 4_000);
  expect(incidents(world)).toBe(0); // above, but not for ten seconds yet
  await passPoked(world, 12_000);
  await world.until('the card', () => world.message(/no lead yet/));
  expect(await world.incident()).toMatchObject({ service: 'checkout-api', openedBecause: 'first alert from poll; no incident of checkout-api was open' });
  expect((await world.incident()).title).toMatch(/checkout-api: .* % of requests fail \(limit 2 %\)/);
  await passPoked(world, 6_000);
  expect((await world.kinds()).filter((kind) => kind === 'alerted')).toHaveLength(1);

  world.stage.shop.heal();
  await passPoked(world, 25_000);
  expect((await world.kinds()).filter((kind) => kind === 'alertCleared')).toHaveLength(1);
  await world.pass(61_000);
  expect((await world.incident()).phase).toBe('resolved');
});

it('no data is neither above nor fine: it is said that we are blind, and nothing clears', async () => {
  const world = await openWorld({ services: POLLED });
  await passPoked(world, 16_000);
  await world.until('the card', () => world.message(/no lead yet/));
  world.stage.prometheus.down(true);
  for (let polls = 0; polls < 5; polls += 1) await passPoked(world, 6_000);
  await world.until('the blindness', () => world.message(/Monitoring of checkout-api is blind/));
  expect((await world.kinds()).filter((kind) => kind === 'alertCleared')).toEqual([]);
  expect(incidents(world)).toBe(1);

  world.stage.prometheus.down(false);
  await passPoked(world, 6_000);
  await world.until('the sight', () => world.message(/Alert cleared.*[Bb]lind/s));
  expect((await world.incident()).phase).toBe('open');
});

it('a key address that does not answer opens one, too', async () => {
  const world = await openWorld({ services: (text) => text.replace("urls: ['", "urls: [{ poll: 5s, for: 0s, url: '").replace("/checkout']", "/healthz' }]") });
  await passPoked(world, 6_000);
  expect(incidents(world)).toBe(0);
  world.stage.shop.down(true);
  await passPoked(world, 6_000);
  await world.until('the card', () => world.message(/no lead yet/));
  expect((await world.incident()).title).toMatch(/\/healthz: no answer/);
  world.stage.shop.down(false);
  await passPoked(world, 6_000);
  expect((await world.kinds()).filter((kind) => kind === 'alertCleared')).toHaveLength(1);
});
