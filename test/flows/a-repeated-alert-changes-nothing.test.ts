import { expect, it } from 'vitest';
import { openWorld, type World } from './world.ts';

/** Beside the looks that tell /readyz how Slack is. */
const calls = (world: World): number => world.stage.slack.requests.filter(({ method }) => !/\.test$/.test(method)).length;

it('an alert that is sent again is counted and changes nothing: no event, no message, no channel', async () => {
  const world = await openWorld();
  await world.alertFires();
  await world.pass(10_000);
  const before = { kinds: await world.kinds(), calls: calls(world) };
  for (let times = 0; times < 3; times += 1) {
    await world.alertFires();
    await world.pass(5_000);
  }
  expect(world.alerting.deliveries).toHaveLength(4);
  expect(await world.kinds()).toEqual(before.kinds);
  expect(calls(world)).toBe(before.calls);
  expect(world.channels().filter(({ name }) => name.startsWith('inc-'))).toHaveLength(1);
});

it('a resolution that overtakes its alert leaves no incident behind', async () => {
  const world = await openWorld();
  const post = (status: 'firing' | 'resolved'): Promise<Response> =>
    fetch(`${world.url}/webhooks/alertmanager`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${world.stage.env.WEBHOOK_TOKEN}` },
      body: JSON.stringify({ version: '4', alerts: [{ status, labels: { alertname: 'A', service: 'checkout-api' }, fingerprint: 'a', ...times }] }),
    });
  const times = { startsAt: new Date(world.clock.now() - 60_000).toISOString(), endsAt: new Date(world.clock.now() - 1_000).toISOString() };
  expect((await post('resolved')).status).toBe(202);
  await world.settle();
  expect((await post('firing')).status).toBe(202);
  await world.pass(5_000);
  expect(world.channels().filter(({ name }) => name.startsWith('inc-'))).toEqual([]);
});
