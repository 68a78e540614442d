import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { releaseSha } from '../../src/sandbox/github/shas.ts';
import { BAD_RELEASE, type Shop, type ShopOptions, startShop } from '../../src/sandbox/shop/shop.ts';
import { handClock, START } from './github-clock.ts';

async function open(options: Partial<ShopOptions> = {}) {
  const clock = handClock();
  const shop = await startShop({ clock, ...options });
  onTestFinished(() => shop.close());
  return { clock, shop };
}

async function get(shop: Shop, path: string) {
  const response = await fetch(shop.url + path);
  return { status: response.status, body: await response.json() };
}

/** Share of 5xx among the requests of `shop` between two moments, by its own counters. */
function errorShare(shop: Shop, from: number, to: number): number {
  const rise = (wanted: RegExp) =>
    shop.series
      .filter((one) => one.name === 'http_requests_total' && wanted.test(one.labels.code ?? ''))
      .reduce((sum, one) => sum + one.valueAt(to) - one.valueAt(from), 0);
  return rise(/^5/) / rise(/./);
}

test('a good release serves about 40 requests a second with 0.4 % errors, for an hour back', async () => {
  const { shop } = await open();
  const total = shop.series
    .filter((one) => one.name === 'http_requests_total')
    .reduce((sum, one) => sum + one.valueAt(START) - one.valueAt(START - 3_600_000), 0);
  expect(total / 3_600).toBeGreaterThan(38);
  expect(total / 3_600).toBeLessThan(42);
  expect(errorShare(shop, START - 3_600_000, START)).toBeCloseTo(0.004, 3);
});

test('a bad release reaches 8 % within seconds of its deploy, and the good one is well seconds after', async () => {
  const { shop, clock } = await open();
  shop.deploy('v2.14.0');
  clock.move(10_000);
  expect(errorShare(shop, START + 5_000, START + 10_000)).toBeCloseTo(0.08, 1);
  expect(errorShare(shop, START + 5_000, START + 10_000)).toBeGreaterThan(0.06);
  shop.deploy('v2.13.2');
  clock.move(10_000);
  expect(errorShare(shop, START + 14_000, START + 20_000)).toBeLessThan(0.02);
  expect(shop.history.map((one) => one.tag)).toEqual(['v2.13.2', 'v2.14.0', 'v2.13.2']);
});

test('the same seed tells the same story, whoever asks and in whatever order; another seed another one', async () => {
  const story = async (seed: number, isAskedOften: boolean) => {
    const { shop, clock } = await open({ seed });
    for (let second = 0; second < 30; second++) {
      if (second === 10) shop.deploy('v2.14.0');
      if (isAskedOften) for (const one of shop.series) one.valueAt(clock.now() - 250);
      clock.move(1_000);
    }
    return shop.series.map((one) => one.valueAt(START + 30_000));
  };
  expect(await story(7, true)).toEqual(await story(7, false));
  expect(await story(7, true)).not.toEqual(await story(8, true));
});

test('counters never fall, not even between two seconds or across a deploy', async () => {
  const { shop, clock } = await open();
  let before = shop.series.map((one) => one.valueAt(clock.now()));
  for (let step = 0; step < 200; step++) {
    if (step === 33) shop.deploy('v2.14.0');
    if (step === 101) shop.breakNow('dependency');
    if (step === 150) shop.heal();
    clock.move(137);
    const now = shop.series.map((one) => one.valueAt(clock.now()));
    now.forEach((value, index) => {
      expect(value).toBeGreaterThanOrEqual(before[index] ?? 0);
    });
    before = now;
  }
});

test('real requests to /checkout fail under a bad release, with a JSON 500, about as often as its share', async () => {
  const { shop, clock } = await open({ behaviours: { 'v2.14.0': { errorRatio: 0.3, rampMs: 0 } } });
  const statuses = async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => get(shop, '/checkout')));
    return answers.filter((one) => one.status === 500);
  };
  expect(await statuses()).toEqual([]);
  shop.deploy('v2.14.0');
  clock.move(1_000);
  const failed = await statuses();
  expect(failed.length).toBeGreaterThan(35);
  expect(failed.length).toBeLessThan(90);
  expect(failed[0]?.body).toMatchObject({
    error: "TypeError: Cannot read properties of undefined (reading 'total')",
    requestId: expect.stringMatching(/^req-/),
  });
});

test('real requests are counted in the metrics', async () => {
  const { shop } = await open({ requestsPerSecond: 0 });
  const count = async () => Number(/code="200"\} (\d+)/.exec(await (await fetch(`${shop.url}/metrics`)).text())?.[1]);
  const before = await count();
  await get(shop, '/cart');
  await get(shop, '/checkout');
  await get(shop, '/version');
  expect((await count()) - before).toBe(2);
});

test('/version says which release runs, by the same commit GitHub has for the tag', async () => {
  const { shop } = await open();
  expect(await get(shop, '/version')).toEqual({ status: 200, body: { tag: 'v2.13.2', sha: releaseSha('v2.13.2') } });
  shop.deploy('v2.14.0');
  expect(await get(shop, '/version')).toEqual({ status: 200, body: { tag: 'v2.14.0', sha: releaseSha('v2.14.0') } });
  expect(await get(shop, '/healthz')).toEqual({ status: 200, body: { status: 'ok' } });
  expect((await get(shop, '/nothing')).status).toBe(404);
  expect((await fetch(`${shop.url}/checkout`, { method: 'POST' })).status).toBe(405);
});

test('a sleeping bug wakes on demand and a rollback cures it; a broken dependency is cured by no rollback', async () => {
  const { shop, clock } = await open({
    release: 'v2.14.0',
    behaviours: { 'v2.14.0': { ...BAD_RELEASE, isDormant: true } },
    before: { release: 'v2.13.2', until: START - 360_000 },
  });
  expect([shop.errorRatio(), shop.history.map((one) => one.tag)]).toEqual([0, ['v2.13.2', 'v2.14.0']]);
  shop.breakNow();
  clock.move(10_000);
  expect(shop.errorRatio()).toBeCloseTo(0.08);
  shop.deploy('v2.13.2');
  clock.move(10_000);
  expect(shop.errorRatio()).toBe(0);
  shop.breakNow();
  clock.move(10_000);
  expect(shop.errorRatio()).toBeCloseTo(0.12);
  shop.deploy('v2.13.1');
  clock.move(10_000);
  expect(shop.errorRatio()).toBeCloseTo(0.12);
  shop.heal();
  clock.move(10_000);
  expect(shop.errorRatio()).toBe(0);
});

test('while the shop is down nobody gets an answer and nothing is counted', async () => {
  const { shop, clock } = await open();
  shop.down(true);
  clock.move(1_000);
  await expect(fetch(`${shop.url}/healthz`)).rejects.toThrow();
  const total = () => shop.series[0]?.valueAt(clock.now());
  const before = total();
  clock.move(5_000);
  expect(total()).toBe(before);
  shop.down(false);
  clock.move(5_000);
  expect((await get(shop, '/healthz')).status).toBe(200);
  expect(total()).toBeGreaterThan(before ?? 0);
});

test('the log file grows as time passes, one JSON object a line, with a stack for each error', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'shop-')), 'shop.log');
  const { shop, clock } = await open({ logFile: file });
  shop.deploy('v2.14.0');
  clock.move(20_000);
  const lines = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(lines).toContainEqual(
    expect.objectContaining({
      level: 'error',
      release: 'v2.14.0',
      msg: expect.stringContaining('TypeError'),
      stack: expect.stringContaining('src/cart/total.ts:41:23'),
    }),
  );
  expect(lines).toContainEqual(expect.objectContaining({ level: 'info', msg: 'started v2.14.0' }));
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
test.skipIf(!hasPromtool)('promtool finds nothing wrong with /metrics (skipped where promtool is not installed)', async () => {
  const { shop } = await open();
  const metrics = await fetch(`${shop.url}/metrics`);
  expect(metrics.headers.get('content-type')).toContain('version=0.0.4');
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: await metrics.text(), encoding: 'utf8' });
  expect([stdout, stderr, status]).toEqual(['', '', 0]);
});
