import { afterEach, expect, test } from 'vitest';
import { honeycomb } from '../../src/sources/honeycomb.ts';
import { readPayload, readSignals } from '../../src/sources/read.ts';
import { catalog, NOW, type Served, serve, TOKEN } from '../http/serve.ts';
import { changed, fixture } from './fixtures.ts';

const read = (body: string) => readSignals(honeycomb, body, { now: NOW, catalog });

let served: Served | undefined;
afterEach(async () => served?.close());

test('a trigger with our template', () => {
  expect(read(fixture('honeycomb', 'firing'))[0]).toEqual({
    fingerprint: '0f4c1c5e-6f1e-4d34-9c1b-1a5b7a6c2f10',
    state: 'firing',
    at: NOW,
    severity: 'sev1',
    summary: 'Triggered: Checkout errors',
    labels: {
      alertname: 'Checkout errors',
      service: 'checkout-api',
      environment: 'production',
      dataset: 'checkout',
      description: expect.stringContaining('greater than threshold'),
    },
    links: [
      { title: 'Results', url: expect.stringMatching(/\/result\//) },
      { title: 'Trigger', url: expect.stringMatching(/\/triggers\//) },
    ],
  });
});

test('Honeycomb’s own body: the trigger is the identity, the first group over the threshold gives the labels, its secret goes no further', () => {
  const [signal] = read(fixture('honeycomb', 'default-body'));
  expect(signal).toMatchObject({ fingerprint: 'HpPzqZtCNA5', state: 'firing', severity: undefined, labels: { 'service.name': 'checkout-api' } });
  expect(JSON.stringify(signal)).not.toContain('play a game');
  expect(read(changed(fixture('honeycomb', 'default-body'), { status: 'OK' }))[0]).toMatchObject({ fingerprint: 'HpPzqZtCNA5', state: 'resolved' });
});

test('the button "Test" is answered 202, and opens nothing', async () => {
  served = await serve();
  const answer = await served.post('/webhooks/honeycomb', fixture('honeycomb', 'test'), { authorization: '', 'x-honeycomb-webhook-token': TOKEN });
  expect([answer.status, await answer.json()]).toEqual([202, { accepted: 0, ignored: true, because: 'a test' }]);
});

test.each([
  [{ status: 'PENDING' }, 'status'],
  [{ id: '', name: '{{ .Name }}' }, 'id'],
  [{ is_test: 'no' }, 'is_test'],
  [{ result_groups_triggered: {} }, 'result_groups_triggered'],
])('%j is refused at %s', (changes, path) => {
  const body: unknown = JSON.parse(changed(fixture('honeycomb', 'firing'), changes));
  expect(() => readPayload(honeycomb, body, { now: NOW, catalog })).toThrow(expect.objectContaining({ code: 'E_SCHEMA', path }));
});
