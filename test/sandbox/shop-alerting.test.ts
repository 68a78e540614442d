import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { fingerprintOf, payloadFor } from '../../src/sandbox/shop/alert-payload.ts';
import { type AlertingOptions, startAlerting } from '../../src/sandbox/shop/alerting.ts';
import { listen, readBody } from '../../src/sandbox/shop/loopback.ts';
import { startPrometheus } from '../../src/sandbox/shop/prometheus.ts';
import { startShop } from '../../src/sandbox/shop/shop.ts';
import { handClock, START } from './github-clock.ts';

const RULE = { threshold: 0.05, forMs: 3_000, everyMs: 1_000 };

interface Received {
  readonly authorization: string | undefined;
  readonly body: { readonly status: string; readonly alerts: readonly Record<string, unknown>[]; readonly [key: string]: unknown };
}

/** Shop, Prometheus, the alerting and somebody who listens; `answers` are his next statuses, then 202. */
async function open(options: Partial<AlertingOptions> = {}) {
  const clock = handClock();
  const shop = await startShop({ clock });
  const prometheus = await startPrometheus({ clock, shop });
  const received: Received[] = [];
  const answers: number[] = [];
  const listener = await listen(async (request, response) => {
    received.push({ authorization: request.headers.authorization, body: JSON.parse(await readBody(request)) });
    response.writeHead(answers.shift() ?? 202).end();
  });
  const alerting = startAlerting({
    clock,
    prometheusUrl: prometheus.url,
    webhookUrl: `${listener.url}/webhooks/alertmanager`,
    bearer: 'demo',
    rule: RULE,
    ...options,
  });
  onTestFinished(async () => {
    alerting.close();
    await Promise.all([shop.close(), prometheus.close(), listener.close()]);
  });
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await alerting.settled();
      clock.move(1_000);
    }
    await alerting.settled();
  };
  return { clock, shop, prometheus, received, answers, alerting, pass, statuses: () => received.map((one) => one.body.status) };
}

test('a bad release fires one alert once the rate has been high for the time of the rule, and a rollback resolves it', async () => {
  const { shop, pass, statuses, received, alerting } = await open();
  await pass(10);
  expect(statuses()).toEqual([]);
  shop.deploy('v2.14.0');
  await pass(20);
  expect(statuses()).toEqual(['firing']);
  const firedAfter = Date.parse(String(received[0]?.body.alerts[0]?.startsAt)) - (START + 10_000);
  expect(firedAfter).toBeGreaterThanOrEqual(RULE.forMs);
  expect(firedAfter).toBeLessThan(12_000);
  shop.deploy('v2.13.2');
  await pass(20);
  expect(statuses()).toEqual(['firing', 'resolved']);
  expect(alerting.firing()).toEqual([]);
  const [fired, resolved] = received.map((one) => one.body.alerts[0]);
  expect(resolved).toMatchObject({ fingerprint: fired?.fingerprint, startsAt: fired?.startsAt, endsAt: expect.stringMatching(/^2026/) });
  expect(received[0]?.authorization).toBe('Bearer demo');
});

test('the rate must stay high for as long as the rule says, to the second, and a shorter spike fires nothing', async () => {
  const firedAt = async (forMs: number, badSeconds: number) => {
    const { shop, pass, alerting } = await open({ rule: { ...RULE, forMs } });
    shop.deploy('v2.14.0');
    await pass(badSeconds);
    shop.deploy('v2.13.2');
    await pass(15);
    return alerting.deliveries.find((one) => one.status === 'firing')?.at;
  };
  const atOnce = (await firedAt(0, 20)) ?? 0;
  expect(await firedAt(7_000, 20)).toBe(atOnce + 7_000);
  expect(await firedAt(12_000, 8)).toBeUndefined();
});

test('a payload is what Alertmanager sent for the same alert, field by field', () => {
  for (const name of ['firing', 'resolved']) {
    const recorded = JSON.parse(readFileSync(new URL(`../fixtures/alertmanager/${name}.json`, import.meta.url), 'utf8'));
    const [alert] = recorded.alerts;
    const endsAt = name === 'firing' ? undefined : Date.parse(alert.endsAt);
    const ours = {
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: Date.parse(alert.startsAt),
      endsAt,
      fingerprint: fingerprintOf(alert.labels),
    };
    expect(payloadFor(ours, { receiver: 'tagback', externalUrl: recorded.externalURL, generatorUrl: alert.generatorURL })).toEqual(recorded);
  }
});

test('an alert fired by hand stands until it is resolved by hand', async () => {
  const { alerting, pass, received, statuses } = await open();
  const delivery = await alerting.fire({ labels: { service: 'search-api', severity: 'warning' }, annotations: { summary: 'Search is slow' } });
  expect(delivery).toMatchObject({ status: 'firing', outcome: 'delivered', because: '202' });
  await pass(10);
  expect(statuses()).toEqual(['firing']);
  expect(received[0]?.body).toMatchObject({
    version: '4',
    groupKey: '{}:{alertname="CheckoutHigh5xx", service="search-api"}',
    commonLabels: { service: 'search-api', severity: 'warning', alertname: 'CheckoutHigh5xx' },
    alerts: [{ annotations: { summary: 'Search is slow' }, endsAt: '0001-01-01T00:00:00Z', fingerprint: delivery.fingerprint }],
  });
  await alerting.resolve(delivery.fingerprint);
  await alerting.resolve(delivery.fingerprint);
  expect(statuses()).toEqual(['firing', 'resolved']);
});

test('an alert fired by hand that turns out true is the rule’s own: not sent twice, and resolved when the rate falls', async () => {
  const { alerting, shop, pass, statuses } = await open();
  shop.deploy('v2.14.0');
  await alerting.fire();
  await pass(20);
  expect(statuses()).toEqual(['firing']);
  shop.deploy('v2.13.2');
  await pass(20);
  expect(statuses()).toEqual(['firing', 'resolved']);
});

test('5xx is tried again, later and later; 4xx is not', async () => {
  const { alerting, answers, pass, clock } = await open({ rule: { ...RULE, threshold: 1 } });
  answers.push(503, 500, 202);
  await alerting.fire();
  await pass(5);
  expect(alerting.deliveries.map((one) => [one.at - START, one.outcome, one.because])).toEqual([
    [0, 'retrying', '503'],
    [1_000, 'retrying', '500'],
    [3_000, 'delivered', '202'],
  ]);
  answers.push(401);
  await alerting.resolve();
  await pass(60);
  expect(alerting.deliveries.slice(3)).toMatchObject([{ status: 'resolved', outcome: 'dropped', because: '401' }]);
  expect(clock.now()).toBe(START + 65_000);
});

test('a delivery that has been overtaken is not tried again', async () => {
  const { alerting, answers, pass } = await open({ rule: { ...RULE, threshold: 1 } });
  answers.push(503);
  await alerting.fire();
  await alerting.resolve();
  await pass(30);
  expect(alerting.deliveries.map((one) => [one.status, one.outcome])).toEqual([
    ['firing', 'retrying'],
    ['resolved', 'delivered'],
  ]);
});

test('a firing alert is sent again after the repeat interval, with the same fingerprint and start', async () => {
  const { alerting, pass, received } = await open({ repeatMs: 30_000, rule: { ...RULE, threshold: 1 } });
  await alerting.fire();
  await pass(65);
  expect(received).toHaveLength(3);
  expect(new Set(received.map(({ body }) => JSON.stringify(body))).size).toBe(1);
});

test('no data neither fires nor resolves', async () => {
  const { shop, prometheus, pass, statuses } = await open();
  shop.deploy('v2.14.0');
  await pass(20);
  prometheus.blind(true);
  shop.deploy('v2.13.2');
  await pass(20);
  expect(statuses()).toEqual(['firing']);
  prometheus.blind(false);
  prometheus.down(true);
  await pass(20);
  expect(statuses()).toEqual(['firing']);
  prometheus.down(false);
  await pass(20);
  expect(statuses()).toEqual(['firing', 'resolved']);
});

test('a listener nobody can reach is tried again until it is there', async () => {
  const { alerting } = await open({ webhookUrl: 'http://127.0.0.1:9/' });
  expect(await alerting.fire()).toMatchObject({ outcome: 'retrying', because: expect.stringContaining('no answer') });
});
