import { expect, test } from 'vitest';
import { pagerduty } from '../../src/sources/pagerduty.ts';
import { readSignals } from '../../src/sources/read.ts';
import { service } from '../core/given.ts';
import { catalog, NOW } from '../http/serve.ts';
import { changed, fixture } from './fixtures.ts';
import { openReception } from './reception.ts';

const read = (name: string, changes: Readonly<Record<string, unknown>> = {}) =>
  readSignals(pagerduty, changed(fixture('pagerduty', name), changes), { now: NOW, catalog });

test('an incident is one alert, of the service that PagerDuty names', () => {
  expect(read('firing')).toEqual([
    {
      fingerprint: 'PGR0VU2',
      state: 'firing',
      at: Date.parse('2026-11-20T06:50:00.169Z'),
      severity: 'sev1',
      summary: 'A little bump in the road',
      labels: {
        alertname: 'A little bump in the road',
        service: 'checkout-api',
        service_id: 'PF9KMXH',
        urgency: 'high',
        priority: 'P1',
        team: 'Engineering',
        escalation_policy: 'Default',
        incident_key: 'd3640fbd41094207a1c11e58e46b1662',
      },
      links: [
        { title: 'PagerDuty', url: 'https://acme.pagerduty.com/incidents/PGR0VU2' },
        { title: 'PagerDuty service', url: 'https://acme.pagerduty.com/services/PF9KMXH' },
      ],
    },
  ]);
});

test.each([
  ['incident.triggered', 'firing'],
  ['incident.reopened', 'firing'],
  ['incident.unacknowledged', 'firing'],
  ['incident.resolved', 'resolved'],
])('%s is %s', (type, state) => {
  expect(read('firing', { 'event.event_type': type })).toMatchObject([{ fingerprint: 'PGR0VU2', state }]);
});

test.each([
  'incident.acknowledged',
  'incident.priority_updated',
  'incident.conference_bridge.updated',
  'service.updated',
  'something.new',
  '__proto__',
  'toString',
])('%s changes no state, whatever its data is', (type) => {
  expect(read('firing', { 'event.event_type': type, 'event.data': 7 })).toEqual([]);
});

test.each([
  ['P1', 'high', 'sev1'],
  ['P2', 'high', 'sev2'],
  ['SEV-1', 'low', 'sev1'],
  ['P5', 'high', 'sev3'],
  ['Whatever', 'high', 'sev2'],
  [null, 'high', 'sev2'],
  [null, 'low', 'sev3'],
])('priority %s with urgency %s is %s', (summary, urgency, severity) => {
  expect(read('firing', { 'event.data.priority': summary === null ? null : { summary }, 'event.data.urgency': urgency })[0]?.severity).toBe(severity);
});

test('triggered, acknowledged, fired again, resolved, reopened: one incident in the right state, in whatever order it comes', async () => {
  const room = await openReception([{ ...service, name: 'checkout-api', match: [] }], NOW);
  const stateOf = async (name: string) =>
    (await room.take('pagerduty', fixture('pagerduty', name))).map(({ alerts }) => Object.values(alerts).map(({ state }) => state));
  expect(await stateOf('firing')).toEqual([['firing']]);
  expect(await stateOf('acknowledged')).toEqual([['firing']]);
  expect(await stateOf('resolved')).toEqual([['resolved']]);
  expect(await stateOf('refired')).toEqual([['resolved']]); // unacknowledged before it was resolved, and late
  expect(await stateOf('reopened')).toEqual([['firing']]);
  expect(await stateOf('firing')).toEqual([['firing']]);
  await room.close();
});
