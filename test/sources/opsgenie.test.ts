import { afterEach, expect, test } from 'vitest';
import { opsgenie } from '../../src/sources/opsgenie.ts';
import { readPayload, readSignals } from '../../src/sources/read.ts';
import { catalog, NOW, type Served, serve, TOKEN } from '../http/serve.ts';
import { changed, fixture } from './fixtures.ts';

const read = (body: string) => readSignals(opsgenie, body, { now: NOW, catalog });
const firing = (changes: Record<string, unknown> = {}) => read(changed(fixture('opsgenie', 'firing'), changes))[0];

let served: Served | undefined;
afterEach(async () => served?.close());

test('an alert that was created, with its tags and details as labels', () => {
  expect(firing()).toEqual({
    fingerprint: 'checkout-error-rate',
    state: 'firing',
    at: Date.parse('2026-11-20T06:40:00Z'),
    severity: 'sev1',
    summary: 'Checkout error rate is high',
    labels: {
      alertname: 'Checkout error rate is high',
      entity: 'checkout-api',
      origin: 'prometheus',
      priority: 'P1',
      integration: 'Tagback',
      tiny_id: '2',
      region: 'eu-west-1',
      'tag.vip': 'true',
      service: 'checkout-api',
    },
    links: [],
  });
});

test.each(['Close', 'Delete', 'close'])('%s ends it, at the nanosecond Opsgenie names', (action) => {
  const body = changed(fixture('opsgenie', 'resolved'), { action });
  expect(read(body)[0]).toMatchObject({ state: 'resolved', fingerprint: 'checkout-error-rate', at: Date.parse('2026-11-20T06:55:00Z') });
});

test('its priority may be a word or a number', () => {
  expect([firing({ 'alert.priority': 'P2' })?.severity, firing({ 'alert.priority': 2 })?.severity, firing({ 'alert.priority': 'P5' })?.severity]).toEqual([
    'sev2',
    'sev2',
    'sev3',
  ]);
});

test('without an alias the id of the alert is the identity', () => {
  expect(firing({ 'alert.alias': '' })?.fingerprint).toBe('ec03dad6-62c8-4c94-b38b-d88f398e900f');
});

test.each(['Acknowledge', 'UnAcknowledge', 'AddNote', 'AssignOwnership', 'Escalate', 'AddTags', 'Restart the pod'])(
  '%s is answered 202 with the reason, and nothing is stored',
  async (action) => {
    served = await serve();
    const answer = await served.post('/webhooks/opsgenie', changed(fixture('opsgenie', 'acknowledged'), { action }));
    expect([answer.status, await answer.json()]).toEqual([
      202,
      { accepted: 0, ignored: true, because: 'what people do with an alert is no news about the service' },
    ]);
    expect(served.accepted).toEqual([]);
  },
);

test('the token may come in x-tagback-token, which Opsgenie can send', async () => {
  served = await serve();
  const answer = await served.post('/webhooks/opsgenie', fixture('opsgenie', 'firing'), { authorization: '', 'x-tagback-token': TOKEN });
  expect([answer.status, await answer.json()]).toEqual([202, { accepted: 1 }]);
});

test.each([
  [{ action: '' }, 'E_SCHEMA', 'action'],
  [{ 'alert.alias': '', 'alert.alertId': null }, 'E_SCHEMA', 'alert.alertId'],
  [{ 'alert.createdAt': '2030-01-01T00:00:00Z' }, 'E_TIME_RANGE', 'alert.createdAt'],
  [{ 'alert.tags': [{}] }, 'E_SCHEMA', 'alert.tags'],
])('%j is refused: %s at %s', (changes, code, path) => {
  const body: unknown = JSON.parse(changed(fixture('opsgenie', 'firing'), changes));
  expect(() => readPayload(opsgenie, body, { now: NOW, catalog })).toThrow(expect.objectContaining({ code, path }));
});
