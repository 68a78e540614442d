import { expect, onTestFinished, test } from 'vitest';
import { startPrometheus } from '../../src/sandbox/shop/prometheus.ts';
import { startShop } from '../../src/sandbox/shop/shop.ts';
import { handClock, START } from './github-clock.ts';

const ERRORS = 'sum(rate(http_requests_total{service="checkout-api",code=~"5.."}[5s])) / sum(rate(http_requests_total{service="checkout-api"}[5s]))';
const TRAFFIC = 'sum(rate(http_requests_total{service="checkout-api"}[5s]))';

async function open() {
  const clock = handClock();
  const shop = await startShop({ clock });
  const prometheus = await startPrometheus({ clock, shop });
  onTestFinished(async () => {
    await prometheus.close();
    await shop.close();
  });
  const ask = async (path: string, params: Record<string, string>, method = 'GET') => {
    const query = new URLSearchParams(params);
    const response = await (method === 'POST' ? fetch(prometheus.url + path, { method, body: query }) : fetch(`${prometheus.url}${path}?${query}`));
    return { status: response.status, body: await response.json() };
  };
  const now = async (query: string): Promise<number | undefined> => {
    const { body } = await ask('/api/v1/query', { query }, 'POST');
    const text = body.data.result[0]?.value[1];
    return text === undefined ? undefined : Number(text);
  };
  return { clock, shop, prometheus, ask, now };
}

test('the error ratio follows the releases: low, high under the bad one, low again', async () => {
  const { shop, clock, now } = await open();
  expect(await now(ERRORS)).toBeLessThan(0.02);
  shop.deploy('v2.14.0');
  clock.move(10_000);
  expect(await now(ERRORS)).toBeGreaterThan(0.06);
  expect(await now(TRAFFIC)).toBeGreaterThan(36);
  shop.deploy('v2.13.2');
  clock.move(10_000);
  expect(await now(ERRORS)).toBeLessThan(0.02);
});

test('numbers are text, times are seconds, and GET and POST say the same', async () => {
  const { ask } = await open();
  const params = { query: ERRORS, time: String(START / 1000) };
  const { status, body } = await ask('/api/v1/query', params);
  expect([status, body]).toEqual([
    200,
    { status: 'success', data: { resultType: 'vector', result: [{ metric: {}, value: [START / 1000, expect.stringMatching(/^0(\.\d+)?$/)] }] } },
  ]);
  expect((await ask('/api/v1/query', params, 'POST')).body).toEqual(body);
  expect((await ask('/api/v1/query', { ...params, time: new Date(START).toISOString() })).body).toEqual(body);
  expect((await ask('/api/v1/query', { query: '1.5' })).body.data).toEqual({ resultType: 'scalar', result: [START / 1000, '1.5'] });
});

test('series carry the labels a scrape adds', async () => {
  const { ask, shop } = await open();
  const { body } = await ask('/api/v1/query', { query: 'http_requests_total{code="200"}' });
  expect(body.data.result[0].metric).toEqual({
    __name__: 'http_requests_total',
    service: 'checkout-api',
    env: 'production',
    code: '200',
    job: 'checkout-api',
    instance: new URL(shop.url).host,
  });
});

test('a baseline reaches back an hour, at whatever step', async () => {
  const { ask } = await open();
  const range = async (step: string) =>
    (await ask('/api/v1/query_range', { query: ERRORS, start: String(START / 1000 - 3_600), end: new Date(START).toISOString(), step })).body.data;
  const { resultType, result } = await range('30');
  expect([resultType, result.length, result[0].values.length]).toEqual(['matrix', 1, 121]);
  expect(result[0].values[0]).toEqual([START / 1000 - 3_600, expect.any(String)]);
  expect((await range('30s')).result).toEqual(result);
});

test('no data is an empty answer, not zero', async () => {
  const { ask, now, clock, prometheus } = await open();
  expect(await now('sum(rate(http_requests_total{service="other"}[5s]))')).toBeUndefined();
  expect((await ask('/api/v1/query', { query: ERRORS, time: String(START / 1000 - 86_400) })).body.data.result).toEqual([]);
  prometheus.blind(true);
  clock.move(20_000);
  expect(await now(ERRORS)).toBeUndefined();
  prometheus.blind(false);
  clock.move(20_000);
  expect(await now(ERRORS)).toBeDefined();
  const gap = await ask('/api/v1/query', { query: ERRORS, time: String(START / 1000 + 15) });
  expect(gap.body.data.result).toEqual([]);
});

test('nothing is known of the future, and nothing of a shop that is down', async () => {
  const { now, clock, shop, ask } = await open();
  expect((await ask('/api/v1/query', { query: ERRORS, time: String(START / 1000 + 60) })).body.data.result).toEqual([]);
  shop.down(true);
  clock.move(10_000);
  expect(await now(TRAFFIC)).toBeUndefined();
});

test('a Prometheus that is down cuts every connection until it is back', async () => {
  const { prometheus, now } = await open();
  prometheus.down(true);
  await expect(now(TRAFFIC)).rejects.toThrow();
  prometheus.down(false);
  expect(await now(TRAFFIC)).toBeGreaterThan(36);
});

const RANGE = { query: TRAFFIC, start: '0', end: '100', step: '1' };
test.each([
  ['/api/v1/query', { query: 'sum(' }, 400, 'bad_data'],
  ['/api/v1/query', {}, 400, 'bad_data'],
  ['/api/v1/query', { query: '1', time: 'yesterday' }, 400, 'bad_data'],
  ['/api/v1/query_range', { ...RANGE, step: '0' }, 400, 'bad_data'],
  ['/api/v1/query_range', { ...RANGE, end: '20000' }, 400, 'bad_data'],
  ['/api/v1/query_range', { ...RANGE, start: '200' }, 400, 'bad_data'],
  ['/api/v1/query_range', { query: TRAFFIC }, 400, 'bad_data'],
  ['/api/v1/query', { query: '{code="200"} / on() {code="500"}' }, 400, 'bad_data'],
  ['/api/v1/rules', {}, 404, 'not_found'],
])('%s with %j is refused as Prometheus does', async (path, params, status, errorType) => {
  const { ask } = await open();
  expect(await ask(path, params)).toEqual({ status, body: { status: 'error', errorType, error: expect.stringMatching(/./) } });
});
