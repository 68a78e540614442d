import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { alertmanager } from '../../src/sources/alertmanager.ts';
import { readSignals } from '../../src/sources/read.ts';
import { catalog, NOW } from '../http/serve.ts';

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/alertmanager/${name}.json`, import.meta.url), 'utf8');
const read = (body: string) => readSignals(alertmanager, body, { now: NOW, catalog });
const change = (one: object): string => {
  const body = JSON.parse(fixture('firing'));
  return JSON.stringify({ ...body, alerts: [{ ...body.alerts[0], ...one }] });
};

test('a delivery of a real Alertmanager becomes one signal with its links', () => {
  expect(read(fixture('firing'))).toEqual([
    {
      fingerprint: 'd7b83f1fca11dc02',
      state: 'firing',
      at: Date.parse('2026-11-20T06:50:39.704Z'),
      severity: 'sev1',
      summary: 'Checkout 5xx rate is 24.25%',
      labels: { alertname: 'CheckoutHigh5xx', cluster: 'demo', env: 'production', service: 'checkout-api', severity: 'critical', team: 'payments' },
      links: [
        { title: 'Runbook', url: 'https://runbooks.example.com/checkout-5xx' },
        { title: 'Dashboard', url: 'https://grafana.example.com/d/checkout?var-service=checkout-api' },
        { title: 'Query', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:9594\/graph\?/) },
        { title: 'Alertmanager', url: 'http://127.0.0.1:9593/' },
      ],
    },
  ]);
});

test('its resolution has the same fingerprint and the time it ended', () => {
  expect(read(fixture('resolved'))[0]).toMatchObject({ fingerprint: 'd7b83f1fca11dc02', state: 'resolved', at: Date.parse('2026-11-20T06:51:07.704Z') });
});

test('each alert of a group keeps its own state', () => {
  const body = JSON.parse(fixture('firing'));
  const states = read(JSON.stringify({ ...body, alerts: [body.alerts[0], { ...body.alerts[0], status: 'resolved', fingerprint: 'b' }] })).map(
    ({ state }) => state,
  );
  expect(states).toEqual(['firing', 'resolved']);
});

test.each([
  ['critical', 'sev1'],
  ['page', 'sev1'],
  ['error', 'sev2'],
  ['High', 'sev2'],
  ['warning', 'sev3'],
  ['constructor', undefined],
  ['whatever', undefined],
])('severity %s is %s', (severity, expected) => expect(read(change({ labels: { severity } }))[0]?.severity).toBe(expected));

test('an end that cannot be is replaced by now', () => {
  expect(read(change({ status: 'resolved', endsAt: '0001-01-01T00:00:00Z' }))[0]?.at).toBe(NOW);
  expect(read(change({ status: 'resolved', endsAt: undefined }))[0]?.at).toBe(NOW);
  expect(() => read(change({ status: 'resolved', endsAt: '2027-11-20T06:00:00Z' }))).toThrow('alerts.0.endsAt: more than 24 h in the future');
});

test('alerts that Alertmanager itself left out are counted', () => {
  const body = { ...JSON.parse(fixture('firing')), truncatedAlerts: 7 };
  expect(read(JSON.stringify(body))[0]?.labels.truncated).toBe('7');
});

test('a secret in an annotation or a label goes no further', () => {
  const token = ['xoxb', '123456789012', 'AbCdEfGhIjKlMnOpQrStUv'].join('-');
  const secret = read(
    change({
      labels: { alertname: 'a', log: `failed with ${token}` },
      annotations: { summary: `token ${token}`, runbook_url: 'https://bob:hunter2secret@wiki.example/x' },
    }),
  );
  expect(JSON.stringify(secret)).not.toMatch(/AbCdEfGhIjKl|hunter2secret/);
});

test('a service label of the incident is not lost by a custom label order or unknown keys', () => {
  expect(read(change({ labels: { z: '1', service: 'shop', a: '2' }, unknown: { deep: true } }))[0]?.labels.service).toBe('shop');
});

test('a stored body that is no JSON any more is named as such', () => expect(() => read('{')).toThrow('a delivery of alertmanager is not JSON'));
