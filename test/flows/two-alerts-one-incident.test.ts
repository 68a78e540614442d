import { expect, it } from 'vitest';
import { andCart, andCartApart } from './services.ts';
import { openWorld } from './world.ts';

const incidentChannels = (world: Awaited<ReturnType<typeof openWorld>>): readonly string[] =>
  world.channels().flatMap(({ name }) => (name.startsWith('inc-') ? [name] : []));

it('a second alert of the same service joins the open incident and says why', async () => {
  const world = await openWorld();
  await world.alertFires();
  await world.alertFires({ labels: { alertname: 'CheckoutSlow' }, annotations: { summary: 'Checkout takes 4 s' } });
  await world.pass(5_000);

  expect(incidentChannels(world)).toEqual(['inc-1-checkout-api']);
  expect((await world.kinds()).filter((kind) => kind === 'alerted')).toHaveLength(2);
  expect(world.says(/Alert joined/)).toMatch(/Checkout takes 4 s \(same service, opened just now\)/);
  expect(world.card()).toMatch(/2 of 2 alerts firing/);
});

it('two alerts that arrive at the same instant open one', async () => {
  const world = await openWorld();
  await Promise.all([
    world.alerting.fire(),
    fetch(`${world.url}/webhooks/alertmanager`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${world.stage.env.WEBHOOK_TOKEN}` },
      body: JSON.stringify({ version: '4', alerts: ['a', 'b', 'c'].map((name) => alert(name, world.clock.now())) }),
    }),
  ]);
  await world.until('the card', () => world.message(/4 of 4 alerts firing/));
  expect(incidentChannels(world)).toEqual(['inc-1-checkout-api']);
  expect(Object.keys((await world.incident()).alerts)).toHaveLength(4);
});

it('another service, and an alert of no known service, have incidents of their own', async () => {
  const world = await openWorld({ services: andCartApart });
  await world.alertFires();
  await world.alertFires({ labels: { service: 'cart-api', alertname: 'CartDown' } });
  await world.alertFires({ labels: { service: 'nobody-knows', alertname: 'Strange' } });
  await world.pass(5_000);

  expect(incidentChannels(world)).toEqual(['inc-1-checkout-api', 'inc-2-cart-api', expect.stringMatching(/^inc-3-/)]);
  expect((await world.incident('INC-3')).openedBecause).toMatch(/matches no service/);
  expect((await world.incident('INC-2')).openedBecause).toBe('first alert from alertmanager; no incident of cart-api was open');
});

it('another service of the same repository that breaks with it right after a release is the same problem', async () => {
  const world = await openWorld({ services: andCart });
  await world.alertFires();
  await world.pass(5_000);
  await world.alertFires({ labels: { service: 'cart-api', alertname: 'CartDown' } });
  await world.pass(5_000);

  expect(incidentChannels(world)).toEqual(['inc-1-checkout-api']);
  expect(world.message(/Alert joined.*same release v2\.14\.0 of acme\/shop/, 'INC-1')).toBeDefined();
});

function alert(name: string, at: number): object {
  return {
    status: 'firing',
    labels: { alertname: name, service: 'checkout-api' },
    annotations: {},
    startsAt: new Date(at).toISOString(),
    fingerprint: `f${name}`,
  };
}
