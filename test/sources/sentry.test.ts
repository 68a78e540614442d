import { describe, expect, test } from 'vitest';
import { readSignals } from '../../src/sources/read.ts';
import { sentry } from '../../src/sources/sentry.ts';
import { service } from '../core/given.ts';
import { catalog, NOW } from '../http/serve.ts';
import { changed, fixture } from './fixtures.ts';
import { openReception } from './reception.ts';

const read = (name: string, changes: Readonly<Record<string, unknown>> = {}) =>
  readSignals(sentry, changed(fixture('sentry', name), changes), { now: NOW, catalog });

test('an issue alert fires for its issue, with release, environment and project', () => {
  expect(read('firing')).toEqual([
    {
      fingerprint: 'issue:1117540176',
      state: 'firing',
      at: Date.parse('2026-11-20T06:55:17.677Z'),
      severity: 'sev2',
      summary: "KeyError: 'currency'",
      labels: {
        alertname: 'Errors of a new release',
        project: 'checkout',
        environment: 'production',
        release: 'v2.4.0',
        level: 'error',
        culprit: 'checkout.views in pay',
        handled: 'no',
        service: 'checkout-api',
        url: 'https://shop.example.com/checkout',
      },
      links: [{ title: 'Sentry', url: 'https://sentry.io/organizations/acme/issues/1117540176/events/e4874d664c3540c1a32eab185f12c5ab/' }],
    },
  ]);
});

test('the release may stand in the tags alone', () => {
  expect(read('firing', { 'payload.data.event.release': null })[0]?.labels.release).toBe('v2.4.0');
});

test('who met the error is in no label', () => {
  const tags = [
    ['user', 'ip:1.2.3.4'],
    ['user.email', 'ada@example.com'],
    ['sentry:user', 'id:1'],
    ['ip', '1.2.3.4'],
    ['userland', 'kept'],
  ];
  expect(Object.keys(read('firing', { 'payload.data.event.tags': tags })[0]?.labels ?? {})).toEqual([
    ...['alertname', 'project', 'release', 'level', 'culprit', 'userland'],
  ]);
});

test.each([
  ['fatal', 'sev1'],
  ['error', 'sev2'],
  ['warning', 'sev3'],
  ['info', 'sev3'],
  ['debug', undefined],
])('the level %s is %s', (level, severity) => {
  expect(read('firing', { 'payload.data.event.level': level })[0]?.severity).toBe(severity);
});

test.each([
  ['resolved', 'resolved'],
  ['archived', 'resolved'],
  ['unresolved', 'firing'],
])('an issue that is %s is %s, under the identity of its alert', (name, state) => {
  expect(read(name)).toMatchObject([{ fingerprint: 'issue:1117540176', state, at: NOW, labels: { project: 'checkout', issue: 'CHECKOUT-9' } }]);
});

test('an issue that is assigned, or new, says nothing about its state', () => {
  expect(read('assigned')).toEqual([]);
  expect(read('resolved', { 'payload.action': 'created' })).toEqual([]);
  expect(read('resolved', { 'payload.action': 'toString' })).toEqual([]);
});

test('a metric alert fires and resolves by itself, critical or warning', () => {
  const [critical, warning, resolved] = ['metric-critical', 'metric-warning', 'metric-resolved'].flatMap((name) => read(name));
  const shared = {
    fingerprint: 'metric:4',
    summary: 'Too many errors',
    labels: { alertname: 'Too many errors', project: 'checkout', environment: 'production' },
  };
  expect(critical).toMatchObject({ ...shared, state: 'firing', severity: 'sev1', at: Date.parse('2026-11-20T06:50:00Z') });
  expect(warning).toMatchObject({ ...shared, state: 'firing', severity: 'sev3' });
  expect(resolved).toMatchObject({ ...shared, state: 'resolved', at: Date.parse('2026-11-20T06:59:00Z') });
  expect(read('metric-resolved', { 'payload.data.metric_alert.date_closed': null })[0]?.at).toBe(NOW);
});

test('no time lies ahead of us: else what we hear later would be older', () => {
  expect(read('firing', { 'payload.data.event.datetime': '2026-11-20T07:03:00Z' })[0]?.at).toBe(NOW);
  expect(() => read('firing', { 'payload.data.event.datetime': '2027-11-20T07:03:00Z' })).toThrow(/more than 24 h in the future/);
});

describe('in an incident', () => {
  test('an issue that fires, is resolved, and comes back', async () => {
    const room = await openReception([{ ...service, name: 'checkout-api', match: [] }], NOW);
    const stateOf = async (name: string) => {
      const [incident] = await room.take('sentry', fixture('sentry', name));
      return [incident?.service, ...Object.values(incident?.alerts ?? {}).map(({ state }) => state)];
    };
    expect(await stateOf('firing')).toEqual(['checkout-api', 'firing']);
    expect(await stateOf('assigned')).toEqual(['checkout-api', 'firing']);
    expect(await stateOf('archived')).toEqual(['checkout-api', 'resolved']);
    expect(await stateOf('refired')).toEqual(['checkout-api', 'resolved']); // it happened before it was archived
    expect(await stateOf('unresolved')).toEqual(['checkout-api', 'firing']);
    await room.close();
  });
});
