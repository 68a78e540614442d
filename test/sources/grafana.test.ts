import { expect, test } from 'vitest';
import { grafana } from '../../src/sources/grafana.ts';
import { readSignals } from '../../src/sources/read.ts';
import { service } from '../core/given.ts';
import { catalog, NOW } from '../http/serve.ts';
import { changed, fixture } from './fixtures.ts';
import { openReception } from './reception.ts';

const read = (name: string, changes: Readonly<Record<string, unknown>> = {}) =>
  readSignals(grafana, changed(fixture('grafana', name), changes), { now: NOW, catalog });
const SHOP = { ...service, name: 'checkout-api', match: [] };

test('an alert has its labels, its words and its links; empty ones are none', () => {
  expect(read('firing', { 'alerts.0.panelURL': '' })).toEqual([
    {
      fingerprint: '1/c6eadffa33fcdf37',
      state: 'firing',
      at: Date.parse('2026-11-20T06:50:03.157Z'),
      severity: 'sev1',
      summary: 'checkout-api: 8 % of requests fail',
      labels: { alertname: 'High error rate', grafana_folder: 'Checkout', service: 'checkout-api', severity: 'critical', zone: 'eu-1', org: '1' },
      links: [
        { title: 'Runbook', url: 'https://runbooks.example.com/checkout/errors' },
        { title: 'Dashboard', url: 'https://grafana.example.com/d/checkout' },
        { title: 'Rule', url: 'https://grafana.example.com/alerting/grafana/1afz29v7z/view?orgId=1' },
        { title: 'Silence', url: 'https://grafana.example.com/alerting/silence/new?alertmanager=grafana&matcher=alertname%3DHigh+error+rate' },
        { title: 'Grafana', url: 'https://grafana.example.com/' },
      ],
    },
  ]);
});

test('one delivery may hold alerts in both states, and the same fingerprint of another organisation is another alert', () => {
  const { alerts } = JSON.parse(fixture('grafana', 'firing')) as { alerts: object[] }; // our own fixture
  const both = [alerts[0], { ...alerts[0], status: 'resolved', endsAt: '2026-11-20T06:58:00Z', fingerprint: 'b' }];
  expect(read('firing', { alerts: both, orgId: 2 }).map(({ fingerprint, state }) => `${fingerprint} ${state}`)).toEqual([
    '2/c6eadffa33fcdf37 firing',
    '2/b resolved',
  ]);
});

test('without a fingerprint the labels are the identity, in whatever order', () => {
  const ids = [
    { alertname: 'a', zone: 'b' },
    { zone: 'b', alertname: 'a' },
    { zone: 'c', alertname: 'a' },
  ].map((labels) => read('firing', { 'alerts.0.fingerprint': '', 'alerts.0.labels': labels })[0]?.fingerprint);
  expect([ids[0] === ids[1], ids[0] === ids[2]]).toEqual([true, false]);
});

test('of more than a thousand the first thousand are kept, and the rest is counted', () => {
  const { alerts } = JSON.parse(fixture('grafana', 'firing')) as { alerts: object[] }; // our own fixture
  const many = Array.from({ length: 1_002 }, (_, n) => ({ ...alerts[0], fingerprint: `f${n}` }));
  const signals = read('firing', { alerts: many, truncatedAlerts: 3 });
  expect([signals.length, signals[0]?.labels.truncated, signals[1]?.labels.truncated]).toEqual([1_000, '5', undefined]);
});

test('a time that lies in the future is refused with its place; year 1 is no time', () => {
  expect(() => read('resolved', { 'alerts.0.endsAt': '2027-01-01T00:00:00Z' })).toThrow(/^alerts\.0\.endsAt: more than 24 h/);
  expect(read('resolved', { 'alerts.0.endsAt': '0001-01-01T00:00:00Z' })[0]?.at).toBe(NOW);
});

test.each([
  ['DatasourceNoData', 'Monitoring is blind, the query gave no data: High error rate'],
  ['DatasourceError', 'Monitoring is blind, the data source does not answer: High error rate'],
])('%s is no failure of the service: an alert of its own, SEV3, labelled', (alertname, summary) => {
  const [signal] = read('no-data', { 'alerts.0.labels.alertname': alertname });
  expect(signal).toMatchObject({ severity: 'sev3', summary, labels: { alertname: 'MonitoringBlind', blind: 'true', service: 'checkout-api' } });
  expect(signal?.fingerprint).toMatch(/^blind:1\//);
});

test('blindness neither clears the alert of the service nor is cleared with it, even under one fingerprint', async () => {
  const room = await openReception([SHOP], NOW);
  const same = { 'alerts.0.fingerprint': 'c6eadffa33fcdf37' };
  const states = async (body: string) => {
    const [incident] = await room.take('grafana', body);
    return Object.values(incident?.alerts ?? {}).map(({ severity, state }) => `${severity} ${state}`);
  };
  expect(await states(fixture('grafana', 'firing'))).toEqual(['sev1 firing']);
  expect(await states(changed(fixture('grafana', 'no-data'), same))).toEqual(['sev1 firing', 'sev3 firing']);
  const over = { ...same, 'alerts.0.status': 'resolved', 'alerts.0.endsAt': '2026-11-20T06:59:00Z' };
  expect(await states(changed(fixture('grafana', 'no-data'), over))).toEqual(['sev1 firing', 'sev3 resolved']);
  await room.close();
});

test.each(['MissingSeries', 'NoData', 'Error', 'Alerting (NoData)'])('resolved because of %s is not healthy: the alert stays', async (reason) => {
  const gone = changed(fixture('grafana', 'resolved'), { 'alerts.0.annotations': { grafana_state_reason: reason } });
  const room = await openReception([SHOP], NOW);
  await room.take('grafana', fixture('grafana', 'firing'));
  const [incident] = await room.take('grafana', gone);
  expect(Object.values(incident?.alerts ?? {}).map(({ state }) => state)).toEqual(['firing']);
  await room.close();
});

test.each(['Updated', 'Paused', 'RuleDeleted'])('resolved because somebody changed the rule (%s) is resolved', (reason) => {
  expect(read('resolved', { 'alerts.0.annotations': { grafana_state_reason: reason } })).toMatchObject([{ state: 'resolved' }]);
});
