import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { realClock } from '../../src/lib/clock.ts';
import { SCENES, sceneOf } from '../../src/sandbox/demo/scenes.ts';
import { ago } from '../../src/sandbox/playground/dates.ts';
import { type Shop, startShop } from '../../src/sandbox/shop/shop.ts';

const services = readFileSync(new URL('../../src/sandbox/demo/services.yml', import.meta.url), 'utf8').replace(/\$\{shop\}/g, 'http://127.0.0.1:4000');
let shop: Shop | undefined;

afterEach(async () => {
  await shop?.close();
  shop = undefined;
});

test('a scene nobody knows is refused, and the known ones are named', () => {
  expect(() => sceneOf('gren')).toThrow(expect.objectContaining({ code: 'E_ARGS', hint: 'Scenes are: green, red, identity, no-effect, automatic' }));
  expect(() => sceneOf('toString')).toThrow(expect.objectContaining({ code: 'E_ARGS' }));
  expect(sceneOf('no-effect')).toBe(SCENES['no-effect']);
});

test('every scene finds its place in the services of the sandbox', () => {
  const of = (name: keyof typeof SCENES): string => sceneOf(name).world.services?.(services) ?? services;
  expect(of('green')).toBe(services);
  expect(of('red')).toContain("      migrations_run: { use: http, url: 'http://127.0.0.1:4000/migrations', list: applied }\n");
  expect(of('identity')).toContain("'http://127.0.0.1:4000/replicas/3/version'");
  expect(of('no-effect')).toContain('patience: 10s');
  expect(of('automatic')).toContain('      automatic: { alerts: [{ alertname: CheckoutHigh5xx }]');
  expect(() => SCENES.identity.world.services?.('services: {}')).toThrow(/has no place/);
});

test('replicas that no deploy reaches go on as before, errors included, until they are restarted', async () => {
  shop = await startShop({ clock: realClock, release: 'v2.14.0', stuckReplicas: 2, behaviours: { 'v2.14.0': { errorRatio: 0.09, rampMs: 0 } } });
  shop.deploy('v2.13.2');
  expect(await versions(shop)).toEqual(['v2.13.2', 'v2.14.0', 'v2.14.0']);
  await expect.poll(() => shop?.errorRatio(), { timeout: 5_000 }).toBeCloseTo(0.06);
  shop.restart();
  expect(await versions(shop)).toEqual(['v2.13.2', 'v2.13.2', 'v2.13.2']);
  await expect.poll(() => shop?.errorRatio(), { timeout: 5_000 }).toBe(0);
});

test('the shop lists the migrations that were run', async () => {
  shop = await startShop({ clock: realClock, migrationsRun: ['0007_loyalty_discounts'] });
  expect(await (await fetch(`${shop.url}/migrations`)).json()).toEqual({ applied: ['0007_loyalty_discounts'] });
});

test('what begins in less than a minute is counted in seconds', () => {
  expect([ago(30_000, 0), ago(999, 0), ago(0, 20_000), ago(60_000, 0)]).toEqual(['in 30 s', 'just now', 'just now', 'in 1 min']);
});

async function versions({ url }: Shop): Promise<readonly unknown[]> {
  const answers = [1, 2, 3].map(async (replica) => (await (await fetch(`${url}/replicas/${replica}/version`)).json()) as { tag: string }); // the shop's own shape
  return (await Promise.all(answers)).map(({ tag }) => tag);
}
