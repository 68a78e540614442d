import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { realClock } from '../../src/lib/clock.ts';
import { readSignals } from '../../src/sources/read.ts';
import { sentry } from '../../src/sources/sentry.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { fixture } from '../sources/fixtures.ts';
import { catalog, NOW, SECRETS, type Served, serve, TOKEN } from './serve.ts';

const GRAFANA = ['grafana-secret-0123456789', 'grafana-secret-that-is-next'] as const;
const withGrafana = { webhooks: { secrets: { ...SECRETS, grafana: GRAFANA } } };
let served: Served;
beforeEach(async () => {
  served = await serve(withGrafana);
});
afterEach(() => served.close());

const hex = (secret: string, text: string) => createHmac('sha256', secret).update(text).digest('hex');
const post = (source: string, text: string, headers: Record<string, string>) =>
  fetch(`${served.url}/webhooks/${source}`, { method: 'POST', body: text, headers: { 'content-type': 'application/json', ...headers } });
const told = async (answer: Response) => ({ status: answer.status, ...((await answer.json()) as object) });

describe('POST /webhooks/sentry', () => {
  /** As Sentry sends what a fixture stores: the payload as body, its name in a header. */
  const send = (
    name: string,
    { secret = SECRETS.sentry[0] ?? '', body = '', headers = {} }: { secret?: string; body?: string; headers?: Record<string, string> } = {},
  ) => {
    const { event, payload } = JSON.parse(fixture('sentry', name)) as { event: string; payload: unknown }; // our own fixture
    const text = body || JSON.stringify(payload);
    const own = { 'sentry-hook-resource': event, 'sentry-hook-timestamp': '1795157717', 'sentry-hook-signature': hex(secret, text), 'request-id': 'r-1' };
    return post('sentry', text, { ...own, ...headers });
  };

  test('a signed issue alert is stored as it came, with its name', async () => {
    expect(await told(await send('firing'))).toEqual({ status: 202, accepted: 1 });
    expect(served.accepted[0]).toMatchObject({ source: 'sentry', receivedAt: NOW, once: expect.stringMatching(/^sentry:[0-9a-f]{64}$/) });
    expect(JSON.parse(served.accepted[0]?.body ?? '')).toEqual(JSON.parse(fixture('sentry', 'firing')));
  });

  test('what is signed are the raw bytes: other spaces and escapes are another text', async () => {
    const { payload } = JSON.parse(fixture('sentry', 'firing')) as { payload: unknown }; // our own fixture
    const odd = ` ${JSON.stringify(payload, null, 1).replace('"action"', '"\\u0061ction"')}\n`;
    expect((await send('firing', { body: odd })).status).toBe(202);
    expect(served.accepted[0]?.body).toContain('\\u0061ction');
    const signature = hex(SECRETS.sentry[0] ?? '', JSON.stringify(payload));
    expect((await send('firing', { body: odd, headers: { 'sentry-hook-signature': signature } })).status).toBe(401);
  });

  test('without the signature, or with another, it is not looked at, and our token is worth nothing', async () => {
    expect((await send('firing', { secret: 'another-client-secret' })).status).toBe(401);
    for (const signature of ['', 'abcd', 'z'.repeat(64)]) expect((await send('firing', { headers: { 'sentry-hook-signature': signature } })).status).toBe(401);
    expect(await told(await post('sentry', 'no JSON', { authorization: `Bearer ${TOKEN}` }))).toMatchObject({
      status: 401,
      error: { code: 'E_AUTH', message: 'not allowed', path: 'headers.sentry-hook-signature', hint: expect.stringContaining('SENTRY_WEBHOOK_SECRET') },
    });
  });

  test('the door is closed while no secret is set', async () => {
    await served.close();
    served = await serve({ webhooks: { secrets: {} } });
    expect((await send('firing', { secret: '' })).status).toBe(401);
  });

  test('the same bytes again are the same delivery, whatever the headers that nobody signed say', async () => {
    await send('firing');
    expect(await told(await send('firing', { headers: { 'request-id': 'r-2', 'sentry-hook-timestamp': '1795159999' } }))).toEqual({
      status: 200,
      accepted: 0,
      duplicate: true,
    });
    expect((await send('refired')).status).toBe(202);
    expect(served.accepted).toHaveLength(2);
  });

  test('an issue that is resolved a second time, hours later and in the same bytes, is heard', async () => {
    await served.close();
    let now = NOW;
    served = await serve({ clock: { ...realClock, now: () => now } });
    expect((await send('resolved')).status).toBe(202);
    now += 59 * 60_000 - (NOW % 3_600_000);
    expect(await told(await send('resolved'))).toMatchObject({ duplicate: true });
    now += 60 * 60_000;
    expect(await told(await send('resolved'))).toMatchObject({ status: 202 });
  });

  test('other resources and actions are taken and told as such', async () => {
    expect(await told(await send('firing', { headers: { 'sentry-hook-resource': 'installation' } }))).toEqual({ status: 202, accepted: 0, ignored: true });
    expect(await told(await send('assigned'))).toEqual({ status: 202, accepted: 0, ignored: true, because: 'issue assigned changes no state' });
    expect(served.ignored).toEqual(['sentry', 'sentry']);
    expect(await told(await send('firing', { headers: { 'sentry-hook-resource': 'A B' } }))).toMatchObject({ status: 400, error: { code: 'E_HEADER' } });
    expect(await told(await send('firing', { headers: { 'sentry-hook-resource': 'issue' } }))).toMatchObject({
      status: 422,
      error: { path: 'payload.data.issue' },
    });
  });

  test('is answered within its second while what came before is still being thought about', async () => {
    await served.close();
    const store = await openSqlite({ path: ':memory:' });
    let isRead = false;
    const thinking = Promise.withResolvers<void>();
    const slow = async (): Promise<void> => {
      await thinking.promise;
      for (const { body } of await store.deliveries(10)) readSignals(sentry, body, { now: NOW, catalog });
      isRead = true;
    };
    let reading: Promise<void> | undefined;
    served = await serve({
      ...withGrafana,
      accept: async ({ once = '', ...delivery }) => {
        await store.acceptOnce(delivery, once);
        reading = slow(); // as wire.ts: after it is on disk, and nobody waits for it
      },
    });
    const begin = performance.now();
    expect((await send('firing')).status).toBe(202);
    expect(performance.now() - begin).toBeLessThan(1_000);
    expect([(await store.counts()).inbox, isRead]).toEqual([1, false]);
    thinking.resolve();
    await reading;
    await store.close();
  });
});

describe('POST /webhooks/pagerduty', () => {
  const [first = '', second = ''] = SECRETS.pagerduty;
  const signed = (text: string, ...secrets: readonly string[]) => ({ 'x-pagerduty-signature': secrets.map((secret) => `v1=${hex(secret, text)}`).join(',') });
  const send = (name: string, headers: Record<string, string> = {}) => {
    const text = fixture('pagerduty', name);
    return post('pagerduty', text, { ...signed(text, first), 'x-webhook-id': 'w-1', ...headers });
  };

  test('one right signature among several is enough, with either of our secrets', async () => {
    const text = fixture('pagerduty', 'firing');
    expect(await told(await send('firing', signed(text, 'their-next', first)))).toEqual({ status: 202, accepted: 1 });
    expect((await send('refired', signed(fixture('pagerduty', 'refired'), 'x', 'y', second))).status).toBe(202);
    expect(served.accepted.map(({ body }) => body)).toEqual([text, fixture('pagerduty', 'refired')]);
  });

  test.each(['', 'v1=', 'v1=abcd', `v0=${'a'.repeat(64)}`, 'v1', ','.repeat(5_000)])('the signature %j is refused', async (signature) => {
    expect(await told(await send('firing', { 'x-pagerduty-signature': signature }))).toMatchObject({ status: 401, error: { code: 'E_AUTH' } });
  });

  test('of many signatures ten are looked at', async () => {
    const text = fixture('pagerduty', 'firing');
    const wrong = Array.from({ length: 10 }, (_, n) => `wrong-${n}`);
    expect((await send('firing', signed(text, ...wrong, first))).status).toBe(401);
    expect((await send('firing', signed(text, ...wrong.slice(1), first))).status).toBe(202);
  });

  test('a delivery that is sent again is the same one, with whatever X-Webhook-Id', async () => {
    await send('firing');
    expect(await told(await send('firing', { 'x-webhook-id': 'w-2' }))).toEqual({ status: 200, accepted: 0, duplicate: true });
  });

  test.each([
    ['ping', 'pagey.ping changes no state'],
    ['acknowledged', 'incident.acknowledged changes no state'],
    ['note', 'incident.annotated changes no state'],
  ])('%s is accepted and ignored', async (name, because) => {
    expect(await told(await send(name))).toEqual({ status: 202, accepted: 0, ignored: true, because });
    expect(served.accepted).toEqual([]);
  });

  test('what is malformed is named with its place', async () => {
    expect(await told(await send('malformed'))).toMatchObject({
      status: 422,
      error: { code: 'E_SCHEMA', path: 'event.data.id', message: expect.stringContaining('expected string, got number') },
    });
  });
});

describe('POST /webhooks/grafana, signed', () => {
  const text = fixture('grafana', 'firing');
  const at = (ms: number, secret: string = GRAFANA[0], body = text) => {
    const seconds = String(Math.floor((NOW + ms) / 1000));
    return { 'x-grafana-alerting-timestamp': seconds, 'x-grafana-alerting-signature': hex(secret, `${seconds}:${body}`) };
  };
  const send = (headers: Record<string, string>, body = text) => post('grafana', body, headers);

  test('every row of the corpus has a test here', () => {
    const rows = readFileSync(new URL('../fixtures/bad-inputs/corpus.jsonl', import.meta.url), 'utf8').match(/"G\d\d"/g) ?? [];
    const here = readFileSync(new URL(import.meta.url), 'utf8');
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(here).toContain(`'${row.slice(1, -1)}: `);
  });

  test('the body alone, or with a timestamp; with either of two secrets', async () => {
    expect((await send({ 'x-grafana-alerting-signature': hex(GRAFANA[0], text) })).status).toBe(202);
    expect((await send(at(0))).status).toBe(202);
    expect((await send(at(1_000, GRAFANA[1]))).status).toBe(202);
    expect(served.accepted).toHaveLength(3);
  });

  test('G01: what Grafana sent before version 8 is named', async () => {
    const legacy = JSON.stringify({ title: '[Alerting] x', ruleId: 1, state: 'alerting' });
    const answer = await send({ 'x-grafana-alerting-signature': hex(GRAFANA[0], legacy) }, legacy);
    expect(await told(answer)).toMatchObject({
      status: 422,
      error: { code: 'E_SCHEMA', path: '(root)', message: '(root): legacy Grafana payload; use the unified-alerting webhook (see docs/sources.md)' },
    });
  });

  test('G02: bare lower case hex, as Grafana sends it, and no other spelling', async () => {
    for (const signature of [`sha256=${hex(GRAFANA[0], text)}`, hex(GRAFANA[0], text).toUpperCase()])
      expect(await told(await send({ 'x-grafana-alerting-signature': signature }))).toMatchObject({ status: 401, error: { code: 'E_AUTH' } });
  });

  test('G03: signed ten minutes ago', async () => {
    expect(await told(await send(at(-600_000)))).toMatchObject({ status: 401, error: { code: 'E_STALE', hint: expect.stringContaining('clocks') } });
    expect((await send(at(600_000))).status).toBe(401);
    expect((await send(at(-299_000))).status).toBe(202);
  });

  test('the timestamp can be neither taken away nor changed', async () => {
    const { 'x-grafana-alerting-signature': signature } = at(-600_000);
    expect((await send({ 'x-grafana-alerting-signature': signature })).status).toBe(401);
    expect((await send({ 'x-grafana-alerting-signature': signature, 'x-grafana-alerting-timestamp': String(NOW / 1000) })).status).toBe(401);
    const odd = { 'x-grafana-alerting-timestamp': 'soon', 'x-grafana-alerting-signature': hex(GRAFANA[0], `soon:${text}`) };
    expect(await told(await send(odd))).toMatchObject({ status: 400, error: { code: 'E_HEADER' } });
  });

  test('captured and sent again it is the same delivery; a repeat that Grafana signs anew is another', async () => {
    await send(at(0));
    expect(await told(await send(at(0)))).toEqual({ status: 200, accepted: 0, duplicate: true });
    expect((await send(at(2_000))).status).toBe(202);
  });

  test('what is meant for Alertmanager is sent there', async () => {
    const body = fixture('alertmanager', 'firing');
    const answer = await send({ 'x-grafana-alerting-signature': hex(GRAFANA[0], body) }, body);
    expect(await told(answer)).toMatchObject({ status: 422, error: { path: 'version', message: expect.stringContaining('/webhooks/alertmanager') } });
  });
});

test('no secret reaches an answer or a log line', async () => {
  const text = fixture('pagerduty', 'firing');
  const answers = await Promise.all(['sentry', 'pagerduty', 'grafana'].map((source) => post(source, text, { 'x-pagerduty-signature': 'v1=0' })));
  const all = (await Promise.all(answers.map((answer) => answer.text()))).join('') + served.lines.join('');
  for (const secret of [...SECRETS.sentry, ...SECRETS.pagerduty, ...GRAFANA]) expect(all).not.toContain(secret);
});
