import { afterEach, expect, test } from 'vitest';
import { gcp } from '../../src/sources/gcp.ts';
import { readPayload, readSignals } from '../../src/sources/read.ts';
import { catalog, NOW, type Served, serve, TOKEN } from '../http/serve.ts';
import { changed, fixture } from './fixtures.ts';

const read = (body: string) => readSignals(gcp, body, { now: NOW, catalog });
const firing = (changes: Record<string, unknown> = {}) => read(changed(fixture('gcp', 'firing'), changes))[0];

let served: Served | undefined;
afterEach(async () => served?.close());

test('an incident with what people wrote on the policy, and what Google knows of the resource', () => {
  expect(firing()).toEqual({
    fingerprint: '0.mp9ojt5e6800',
    state: 'firing',
    at: Date.parse('2026-11-20T06:40:00Z'),
    severity: 'sev1',
    summary: 'Request count for acme-prod checkout-api is above the threshold of 2.000 with a value of 12.400.',
    labels: {
      alertname: 'Checkout error rate',
      condition: '5xx above 2 %',
      team: 'payments',
      project: 'acme-prod',
      resource_type: 'cloud_run_revision',
      metric_type: 'run.googleapis.com/request_count',
      service_name: 'checkout-api',
      project_id: 'acme-prod',
      location: 'europe-west1',
      response_code_class: '5xx',
      resource: 'acme-prod Cloud Run Revision labels {project_id=acme-prod, service_name=checkout-api}',
    },
    links: [{ title: 'Incident', url: 'https://console.cloud.google.com/monitoring/alerting/incidents/0.mp9ojt5e6800?project=acme-prod' }],
  });
});

test('its end has the time in seconds that Google names', () => {
  expect(read(fixture('gcp', 'resolved'))[0]).toMatchObject({ state: 'resolved', fingerprint: '0.mp9ojt5e6800', at: Date.parse('2026-11-20T06:55:00Z') });
});

test.each([
  ['Critical', {}, 'sev1'],
  ['Error', {}, 'sev2'],
  ['Warning', {}, 'sev3'],
  ['No severity', {}, undefined],
  ['No severity', { severity: 'page' }, 'sev1'],
])('severity %j with the labels %j is %s', (severity, labels, expected) => {
  expect(firing({ 'incident.severity': severity, 'incident.policy_user_labels': labels })?.severity).toBe(expected);
});

test('the test notification is taken, whatever it lacks, and opens nothing; basic authentication is what Google can do', async () => {
  served = await serve();
  const basic = { authorization: `Basic ${Buffer.from(`tagback:${TOKEN}`).toString('base64')}` };
  for (const body of [fixture('gcp', 'test'), '{"version":"test","incident":{}}']) {
    const answer = await served.post('/webhooks/gcp', body, basic);
    expect([answer.status, await answer.json()]).toEqual([202, { accepted: 0, ignored: true, because: 'a test' }]);
  }
  expect(served.accepted).toEqual([]);
  expect(await (await served.post('/webhooks/gcp', fixture('gcp', 'firing'), basic)).json()).toEqual({ accepted: 1 });
});

test.each([
  [{ 'incident.state': 'maybe' }, 'incident.state'],
  [{ 'incident.incident_id': '' }, 'incident.incident_id'],
  [{ incident: null }, 'incident'],
  [{ 'incident.resource': 'vm' }, 'incident.resource'],
  [{ 'incident.ended_at': 'later' }, 'incident.ended_at'],
])('%j is refused at %s', (changes, path) => {
  const body: unknown = JSON.parse(changed(fixture('gcp', 'firing'), changes));
  expect(() => readPayload(gcp, body, { now: NOW, catalog })).toThrow(expect.objectContaining({ code: 'E_SCHEMA', path }));
});
