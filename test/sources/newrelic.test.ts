import { expect, test } from 'vitest';
import { newrelic } from '../../src/sources/newrelic.ts';
import { readPayload, readSignals } from '../../src/sources/read.ts';
import { catalog, NOW } from '../http/serve.ts';
import { changed, fixture } from './fixtures.ts';

const read = (body: string) => readSignals(newrelic, body, { now: NOW, catalog });
const firing = (changes: Record<string, unknown> = {}) => read(changed(fixture('newrelic', 'firing'), changes))[0];

test('an issue with our template', () => {
  expect(firing()).toEqual({
    fingerprint: 'c5faa7e6-7b54-402d-af79-f99601e0278c',
    state: 'firing',
    at: Date.parse('2026-11-20T06:40:00Z'),
    severity: 'sev1',
    summary: "checkout-api query result is > 2.0 for 1 minutes on 'Checkout error rate'",
    labels: {
      alertname: 'Checkout error rate',
      condition: 'Checkout error rate',
      entity: 'checkout-api',
      policy: 'Golden Signals',
      workflow: 'tagback',
      priority: 'CRITICAL',
      trigger: 'STATE_CHANGE',
      muting: 'NOT_MUTED',
      team: 'payments',
    },
    links: [
      { title: 'Issue', url: expect.stringMatching(/^https:\/\/radar-api\.service\.newrelic\.com\//) },
      { title: 'Runbook', url: 'https://runbooks.example.com/checkout' },
    ],
  });
});

test('the template that New Relic offers by itself is enough', () => {
  expect(read(fixture('newrelic', 'default-template'))[0]).toMatchObject({ state: 'firing', severity: 'sev1', labels: { entity: 'checkout-api' } });
});

test.each([
  ['CREATED', 'firing'],
  ['ACTIVATED', 'firing'],
  ['CLOSED', 'resolved'],
])('%s is %s', (state, expected) => expect(firing({ state })?.state).toBe(expected));

test.each([
  ['CRITICAL', 'sev1'],
  ['HIGH', 'sev2'],
  ['MEDIUM', 'sev3'],
  ['LOW', 'sev3'],
])('priority %s is %s', (priority, severity) => expect(firing({ priority })?.severity).toBe(severity));

test('an issue that was merged into another one ends when that is said, and goes on while it is active', () => {
  expect(firing({ state: 'ACTIVATED', trigger: 'MERGE_REQUEST' })).toMatchObject({ state: 'firing', at: Date.parse('2026-11-20T06:40:00Z') });
  expect(firing({ state: 'CLOSED', trigger: 'MERGE_REQUEST', updatedAt: Date.parse('2026-11-20T06:50:00Z') })).toMatchObject({
    state: 'resolved',
    at: Date.parse('2026-11-20T06:50:00Z'),
    labels: { trigger: 'MERGE_REQUEST' },
  });
});

test('of several entities the first can be matched, and all are named', () => {
  expect(firing({ impactedEntities: ['checkout-api', 'search'] })?.labels).toMatchObject({ entity: 'checkout-api', 'entity.all': 'checkout-api, search' });
});

test.each([
  [{ id: '' }, 'id'],
  [{ state: 'ACKNOWLEDGED' }, 'state'],
  [{ createdAt: 'soon' }, 'createdAt'],
  [{ id: { deep: 1 } }, 'id'],
])('%j is refused at %s', (changes, path) => {
  const body: unknown = JSON.parse(changed(fixture('newrelic', 'firing'), changes));
  expect(() => readPayload(newrelic, body, { now: NOW, catalog })).toThrow(expect.objectContaining({ code: 'E_SCHEMA', path }));
});
