import { expect, onTestFinished, test } from 'vitest';
import { type Shop, startShop } from '../../src/sandbox/shop/shop.ts';
import { handClock, START } from './github-clock.ts';

async function badShop() {
  const clock = handClock();
  const shop = await startShop({ clock });
  onTestFinished(() => shop.close());
  shop.deploy('v2.14.0');
  clock.move(30_000);
  return shop;
}

const nanos = (at: number) => `${at}000000`;

async function ask(shop: Shop, params: Record<string, string>) {
  const response = await fetch(`${shop.url}/loki/api/v1/query_range?${new URLSearchParams(params)}`);
  const text = await response.text();
  const streams: { stream: Record<string, string>; values: [string, string][] }[] = response.status === 200 ? JSON.parse(text).data.result : [];
  return { status: response.status, text, streams, lines: streams.flatMap((one) => one.values) };
}

test('every error the counters know is in the log, and nothing before the bad release has its stack', async () => {
  const shop = await badShop();
  const query = '{service="checkout-api"} |= "TypeError"';
  const { lines } = await ask(shop, { query, limit: '5000', start: nanos(START), end: nanos(START + 30_000) });
  const counted = shop.series.find((one) => one.labels.code === '500');
  expect(lines).toHaveLength((counted?.valueAt(START + 30_000) ?? 0) - (counted?.valueAt(START) ?? 0));
  expect(lines.length).toBeGreaterThan(60);
  expect((await ask(shop, { query, start: nanos(START - 3_600_000), end: nanos(START) })).lines).toEqual([]);
});

test('lines come newest first unless asked otherwise, never more than the limit, each with its nanoseconds', async () => {
  const shop = await badShop();
  const query = '{service="checkout-api", level="error"}';
  const { lines: backward, streams } = await ask(shop, { query, limit: '5' });
  const { lines: forward } = await ask(shop, { query, limit: '5', direction: 'forward', start: nanos(START) });
  expect(streams.map((one) => one.stream)).toEqual([{ service: 'checkout-api', env: 'production', level: 'error' }]);
  expect([backward.length, forward.length]).toEqual([5, 5]);
  const times = (lines: [string, string][]) => lines.map(([at]) => Number(BigInt(at) / 1_000_000n));
  expect(times(backward)).toEqual(times(backward).toSorted((a, b) => b - a));
  expect(times(forward)).toEqual(times(forward).toSorted((a, b) => a - b));
  expect(Math.min(...times(backward))).toBeGreaterThan(Math.max(...times(forward)));
  for (const [at, line] of backward) expect(new Date(Number(BigInt(at) / 1_000_000n)).toISOString()).toBe(JSON.parse(line).time);
});

test('line filters keep and drop by text and by pattern', async () => {
  const shop = await badShop();
  const lines = async (filters: string) =>
    (await ask(shop, { query: `{service=~"checkout-.*"} ${filters}`, start: nanos(START), limit: '5000' })).lines.map(([, line]) => line);
  const all = await lines('');
  const errors = await lines('|~ "(?i)typeerror|gatewaytimeout"');
  expect(errors.length + (await lines('!~ "(?i)typeerror|gatewaytimeout"')).length).toBe(all.length);
  expect(await lines('|= `"level":"error"` != "TypeError" | json')).toEqual(errors.filter((line) => !line.includes('TypeError')));
  expect((await ask(shop, { query: '{service="other"}' })).streams).toEqual([]);
});

test.each([
  ['no query', { query: '' }],
  ['no selector', { query: '|= "x"' }],
  ['a selector that selects everything', { query: '{service=~".*"}' }],
  ['a broken pattern', { query: '{service="checkout-api"} |~ "("' }],
  ['an unknown stage', { query: '{service="checkout-api"} | line_format "x"' }],
  ['an open quote', { query: '{service="checkout-api} |= "x"' }],
  ['too many lines', { query: '{service="checkout-api"}', limit: '6000' }],
  ['an end before the start', { query: '{service="checkout-api"}', start: nanos(START + 1_000), end: nanos(START) }],
  ['a direction nobody knows', { query: '{service="checkout-api"}', direction: 'sideways' }],
])('%s is refused with 400 and a text, as Loki does', async (_, params) => {
  const shop = await badShop();
  const { status, text } = await ask(shop, params);
  expect(status).toBe(400);
  expect(text).not.toBe('');
});
