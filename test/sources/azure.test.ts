import { expect, test } from 'vitest';
import { azure } from '../../src/sources/azure.ts';
import { readPayload, readSignals } from '../../src/sources/read.ts';
import { catalog, NOW } from '../http/serve.ts';
import { changed, fixture } from './fixtures.ts';

const read = (body: string) => readSignals(azure, body, { now: NOW, catalog });
const firing = (changes: Record<string, unknown> = {}) => read(changed(fixture('azure', 'firing'), changes))[0];
const essentials = (name: string): string => `data.essentials.${name}`;

test('a metric alert that fired, with the custom properties people gave it', () => {
  expect(firing()).toEqual({
    fingerprint: '/subscriptions/11111111-2222-3333-4444-555555555555/providers/Microsoft.AlertsManagement/alerts/aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e',
    state: 'firing',
    at: Date.parse('2026-11-20T06:40:00.371Z'),
    severity: 'sev2',
    summary: 'Checkout error rate on checkout-api: more than 2 % of requests fail',
    labels: {
      alertname: 'Checkout error rate',
      severity: 'Sev1',
      service: 'checkout-api',
      team: 'payments',
      resource: 'checkout-api',
      resource_group: 'shop',
      signal_type: 'Metric',
      monitoring_service: 'Platform',
    },
    links: [{ title: 'Resource', url: expect.stringMatching(/^https:\/\/portal\.azure\.com\/#@\/resource\/subscriptions\//) }],
  });
});

test.each([
  ['Sev0', 'sev1'],
  ['Sev1', 'sev2'],
  ['Sev2', 'sev3'],
  ['Sev3', 'sev3'],
  ['Sev4', 'sev3'],
  ['constructor', undefined],
])('Azure’s %s is %s here', (severity, expected) => expect(firing({ [essentials('severity')]: severity })?.severity).toBe(expected));

test('its end has the same identity and the time Azure names, or the time it came', () => {
  expect(read(fixture('azure', 'resolved'))[0]).toMatchObject({
    state: 'resolved',
    fingerprint: firing()?.fingerprint,
    at: Date.parse('2026-11-20T06:55:00.224Z'),
  });
  expect(read(changed(fixture('azure', 'resolved'), { [essentials('resolvedDateTime')]: undefined }))[0]?.at).toBe(NOW);
});

test('custom properties of null, which all but metric alerts have, are none', () => {
  expect(firing({ 'data.customProperties': null })?.labels).not.toHaveProperty('team');
});

test('an older shape is refused with what to switch on', () => {
  const body: unknown = JSON.parse(fixture('azure', 'malformed'));
  expect(() => readPayload(azure, body, { now: NOW, catalog })).toThrow(/schemaId: .*Enable the common alert schema/);
});

test.each([
  [{ [essentials('monitorCondition')]: 'fired?' }, 'E_SCHEMA', essentials('monitorCondition')],
  [{ [essentials('alertId')]: '' }, 'E_SCHEMA', essentials('alertId')],
  [{ [essentials('firedDateTime')]: '9999-12-31T23:59:59Z' }, 'E_TIME_RANGE', essentials('firedDateTime')],
  [{ 'data.essentials': 'none' }, 'E_SCHEMA', 'data.essentials'],
])('%j is refused: %s at %s', (changes, code, path) => {
  const body: unknown = JSON.parse(changed(fixture('azure', 'firing'), changes));
  expect(() => readPayload(azure, body, { now: NOW, catalog })).toThrow(expect.objectContaining({ code, path }));
});
