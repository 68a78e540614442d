/** What settings cost in seconds; the shipped examples are held against it, and against Prometheus' own tools where they are installed. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { detectionCost, promDuration, RECOMMENDED, spelledOut, windowOf } from '../../src/core/detection.ts';
import { describeDetection, detectionFindings } from '../../src/doctor-detection.ts';
import type { Monitoring } from '../../src/health/detection.ts';
import { loadCatalog } from '../../src/playbook/services.ts';

const USUAL = { scrapeMs: 60_000, evaluationMs: 60_000, windowMs: 300_000, forMs: 120_000, groupWaitMs: 30_000 };
const file = (name: string): string => readFileSync(new URL(`../../docs/examples/${name}`, import.meta.url), 'utf8');
const path = (name: string): string => new URL(`../../docs/examples/${name}`, import.meta.url).pathname;

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
}
const shipped: { groups: { interval: string; rules: Rule[] }[] } = parse(file('prometheus-rules.yml'));
const asMonitoring = (routing: readonly string[], scrapes: readonly string[] = ['15s']): Monitoring => ({
  rules: shipped.groups.flatMap(({ interval, rules }) =>
    rules.map(({ alert, record, expr, for: lasting = '0s', labels = {} }) => ({
      kind: alert === undefined ? 'record' : 'alert',
      name: alert ?? record ?? '',
      expression: expr,
      forMs: promDuration(lasting) ?? 0,
      evaluationMs: promDuration(interval) ?? 0,
      labels,
    })),
  ),
  scrapes,
  routing,
});
function services(url: string, more = '') {
  const text = `services: { shop: { health: { error_rate: { url: '${url}', query: up, threshold: 2%${more} } } } }`;
  const outcome = loadCatalog(text, 'services.yml', { playbooks: [], strategies: [], logBackends: [] });
  if (!outcome.ok) throw new Error(outcome.problems[0]?.message);
  return outcome.catalog;
}

describe('an error is told', () => {
  test('after 285 s with usual settings, after 60 s with ours', () => {
    expect([detectionCost(USUAL).wholeMs, detectionCost(RECOMMENDED).wholeMs]).toEqual([285_000, 60_000]);
  });

  test('`for` lasts whole evaluation intervals', () => {
    expect(detectionCost({ ...RECOMMENDED, evaluationMs: 60_000 }).waitMs).toBe(60_000);
  });

  test.each([
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['0', 0],
    ['5', undefined],
    ['', undefined],
  ])('%j is %j ms', (text, ms) => expect(promDuration(text)).toBe(ms));

  test.each([
    ['rate(a[5m]) / rate(b[1m])', 300_000],
    ['max_over_time(rate(a[1m])[10m:30s])', 600_000],
    ['fast > 0.02', 60_000],
    ['a{path="[9m]"} > 1', 0],
    ['loop', 0],
  ])('the window of %s is %i ms', (expression, ms) => {
    const recorded = new Map([
      ['fast', 'rate(a[1m])'],
      ['loop', 'loop'],
    ]);
    expect(windowOf(spelledOut(expression, recorded))).toBe(ms);
  });
});

describe('the shipped examples', () => {
  test('together need what docs/detection.md says', () => {
    const { services: ours } = services('http://127.0.0.1:9');
    const [rule] = describeDetection(asMonitoring([file('alertmanager.yml')]), ours).filter(({ text }) => text.startsWith('HighErrorRate'));
    expect(rule?.text).toBe(
      'HighErrorRate: an error is told after about 60 s (scrape 15 s and evaluation 15 s: 15 s; rate over 60 s: 15 s; for: 30 s; group_wait: 0 s); nothing to gain',
    );
  });

  test.each([
    ['/usr/bin/promtool', ['check', 'rules', path('prometheus-rules.yml')]],
    ['/usr/bin/amtool', ['check-config', path('alertmanager.yml')]],
  ])('are taken by %s, where it is installed', (tool, args) => {
    if (existsSync(tool)) expect(execFileSync(tool, args, { encoding: 'utf8', stdio: 'pipe' })).toMatch(/SUCCESS/);
  });
});

describe('doctor', () => {
  const answers: Record<string, unknown> = {};
  const server = createServer((request, response) => {
    const body = answers[(request.url ?? '').split('?')[0] ?? ''];
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}));
  });
  let url = '';
  beforeAll(async () => {
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server that listens has an AddressInfo
    const rule = (name: string, query: string, more: object) => ({ type: 'alerting', name, query, duration: 120, labels: {}, health: 'ok', ...more });
    answers['/api/v1/rules'] = {
      status: 'success',
      data: { groups: [{ interval: 60, rules: [rule('Slow', 'rate(x{service="shop"}[5m]) > 1', {}), rule('Other', 'up == 0', {})] }] },
    };
    answers['/api/v1/targets'] = {
      status: 'success',
      data: { activeTargets: [{ scrapeInterval: '1m' }, { scrapeInterval: '1m' }, { scrapeInterval: '10s' }] },
    };
    answers['/api/v1/alertmanagers'] = { status: 'success', data: { activeAlertmanagers: [{ url: `${url}/api/v2/alerts` }], droppedAlertmanagers: [] } };
    const original = 'route: { receiver: mail, group_wait: 5m, routes: [{ receiver: Tagback, group_wait: 30s }] }\n';
    answers['/api/v2/status'] = { config: { original }, versionInfo: {} };
  });
  afterAll(() => new Promise((closed) => server.close(closed)));

  test('says of the rules of our services what they cost, with the group_wait of our route', async () => {
    expect(await detectionFindings(services(url))).toEqual([
      {
        name: 'detection',
        ok: true,
        text: 'Slow: an error is told after about 285 s (scrape 60 s and evaluation 60 s: 60 s; rate over 300 s: 75 s; for: 120 s; group_wait: 30 s); with the settings of docs/detection.md it is 60 s',
      },
    ]);
  });

  test('says it of what is polled, too', async () => {
    const found = await detectionFindings(services(url, ', poll: 15s, for: 30s'));
    expect(found.at(-1)?.text).toBe('shop, polled every 15 s: an error is told after about 68 s');
  });

  test('an Alertmanager that does not answer is said, and its default is reckoned with', async () => {
    answers['/api/v2/status'] = undefined;
    expect((await detectionFindings(services(url)))[0]?.text).toContain('group_wait: 30 s (the default: no Alertmanager answered)');
  });

  test('what is no Prometheus is a problem with a remedy', async () => {
    answers['/api/v1/rules'] = '<html>';
    expect(await detectionFindings(services(url))).toMatchObject([
      { ok: false, text: expect.stringMatching(/not in the form of Prometheus' API; check that/) },
    ]);
    expect(await detectionFindings(services('http://127.0.0.1:9'))).toMatchObject([{ ok: false }]);
  });
});
