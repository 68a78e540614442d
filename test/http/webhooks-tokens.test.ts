import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../src/lib/clock.ts';
import { Failure } from '../../src/lib/failure.ts';
import { SOURCES } from '../../src/sources/index.ts';
import { fixture } from '../sources/fixtures.ts';
import { NOW, SECOND_TOKEN, type Served, serve, TOKEN } from './serve.ts';

let served: Served;
afterEach(() => served?.close());

const HONEYCOMB = 'only-for-honeycomb-01234';
const body = fixture('alertmanager', 'firing');
const send = (source: string, headers: Record<string, string>, text = fixture(source, 'firing')) =>
  fetch(`${served.url}/webhooks/${source}`, { method: 'POST', body: text, headers: { 'content-type': 'application/json', ...headers } });
const basic = (user: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` });

describe('the token of a source', () => {
  test.each<[string, Record<string, string>]>([
    ['as bearer', { authorization: `Bearer ${TOKEN}` }],
    ['as bearer in odd case', { authorization: `bEaReR   ${TOKEN} ` }],
    ['the other one that is live', { authorization: `Bearer ${SECOND_TOKEN}` }],
    ['as password of HTTP Basic, whatever the user', basic('tagback', TOKEN)],
    ['as password of HTTP Basic, without a user', basic('', TOKEN)],
  ])('%s opens the door', async (_, headers) => {
    served = await serve();
    expect((await send('alertmanager', headers, body)).status).toBe(202);
  });

  test('may hold colons in HTTP Basic: the user ends at the first', async () => {
    served = await serve({ webhooks: { tokensOf: { alertmanager: ['a:b:c-0123456789'] } } });
    expect((await send('alertmanager', basic('user', 'a:b:c-0123456789'), body)).status).toBe(202);
  });

  test('may stand in the header that the source names, and in no header of another source', async () => {
    served = await serve();
    const own = SOURCES.flatMap(({ name, tokenHeaders = [] }) => tokenHeaders.map((header) => [name, header] as const));
    expect(own).toContainEqual(['honeycomb', 'x-honeycomb-webhook-token']);
    for (const [name, header] of own) {
      expect((await send(name, { [header]: TOKEN })).status, `${name} ${header}`).toBe(202);
      expect((await send(name, { [header]: `${TOKEN}x` })).status, `${name} ${header}`).toBe(401);
      expect((await send('alertmanager', { [header]: TOKEN }, body)).status, header).toBe(401);
    }
  });

  test('is refused everywhere else with the same bytes, and never read from the address', async () => {
    served = await serve();
    const wrong: [string, Record<string, string>][] = [
      ['', {}],
      ['', { authorization: 'Bearer wrong' }],
      ['', { authorization: `Digest ${TOKEN}` }],
      ['', { authorization: `Basic ${Buffer.from(TOKEN).toString('base64')}` }],
      ['', { authorization: 'Basic %%%' }],
      ['', basic(TOKEN, 'wrong')],
      [`?token=${TOKEN}`, {}],
      [`?access_token=${TOKEN}`, basic('', '')],
    ];
    const answers: string[] = [];
    for (const [query, headers] of wrong) {
      const answer = await fetch(`${served.url}/webhooks/alertmanager${query}`, { method: 'POST', body, headers });
      expect(answer.status).toBe(401);
      answers.push((await answer.text()).replace(/"requestId":"[^"]*"/, ''));
    }
    expect(new Set(answers).size).toBe(1);
    expect(served.lines.join('')).not.toContain(TOKEN);
    expect(served.accepted).toEqual([]);
  });

  test('a source with tokens of its own takes those only, two while one is changed, and the others go on as before', async () => {
    served = await serve({ webhooks: { tokensOf: { honeycomb: [HONEYCOMB, `${HONEYCOMB}-new`] } } });
    expect((await send('honeycomb', { authorization: `Bearer ${TOKEN}` })).status).toBe(401);
    expect((await send('honeycomb', { 'x-honeycomb-webhook-token': HONEYCOMB })).status).toBe(202);
    expect((await send('honeycomb', { authorization: `Bearer ${HONEYCOMB}-new` })).status).toBe(202);
    expect((await send('alertmanager', { authorization: `Bearer ${HONEYCOMB}` }, body)).status).toBe(401);
    expect((await send('alertmanager', { authorization: `Bearer ${TOKEN}` }, body)).status).toBe(202);
  });

  test('who guesses at one source is slow at all, and a right token never is', async () => {
    const waits: number[] = [];
    const clock: Clock = {
      now: () => NOW,
      at(at, fn) {
        if (at - NOW !== 1_000) return () => undefined; // the limit of storing
        waits.push(at);
        fn();
        return () => undefined;
      },
    };
    served = await serve({ clock });
    const sources = ['alertmanager', 'datadog', 'opsgenie', 'nothing-like-that'];
    for (let guess = 0; guess < 12; guess += 1) expect((await send(sources[guess % 4] ?? '', { authorization: `Bearer ${guess}` }, '{}')).status).toBe(401);
    expect(waits).toHaveLength(2);
    expect((await send('datadog', { authorization: `Bearer ${TOKEN}` })).status).toBe(202);
    expect(waits).toHaveLength(2);
  });
});

describe('what is wrong with the settings or the sources stops the start, by name', () => {
  const failure = async (webhooks: NonNullable<Parameters<typeof serve>[0]>['webhooks']): Promise<Failure> => {
    try {
      served = await serve({ ...(webhooks && { webhooks }) });
    } catch (error) {
      if (error instanceof Failure) return error;
    }
    return expect.fail('it started');
  };

  test('a token for a source that is none, with the name that was meant', async () => {
    expect(await failure({ tokensOf: { alertmanger: ['x'] } })).toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringMatching(/^WEBHOOK_TOKEN_ALERTMANGER is set.* did you mean 'alertmanager'\?$/i),
    });
  });

  test('a token for a source that signs instead', async () => {
    expect((await failure({ tokensOf: { github: ['x'] } })).message).toContain('WEBHOOK_TOKEN_GITHUB');
  });

  test('two sources of one name, and a source that throws while it is loaded', async () => {
    const [one] = SOURCES;
    if (!one) throw new Error('there is a source');
    expect((await failure({ sources: [one, one] })).message).toContain(`the source ${one.name} cannot be loaded`);
    const broken = {
      ...one,
      name: 'broken',
      get tokenHeaders(): readonly string[] {
        throw new TypeError('no such thing');
      },
    };
    expect((await failure({ sources: [one, broken] })).message).toBe('the source broken cannot be loaded: no such thing; nothing was started');
  });
});

test('Grafana signs once its secret is set, and then a token is worth nothing', async () => {
  served = await serve();
  expect((await send('grafana', { authorization: `Bearer ${TOKEN}` })).status).toBe(202);
  await served.close();
  served = await serve({ webhooks: { secrets: { grafana: ['grafana-secret-0123456789'] } } });
  expect((await send('grafana', { authorization: `Bearer ${TOKEN}` })).status).toBe(401);
  const text = fixture('grafana', 'firing');
  const signature = createHmac('sha256', 'grafana-secret-0123456789').update(text).digest('hex');
  expect((await send('grafana', { 'x-grafana-alerting-signature': signature })).status).toBe(202);
});

test('a CloudEvent in binary mode keeps what its headers say beside the body', async () => {
  served = await serve();
  const headers = { authorization: `Bearer ${TOKEN}`, 'ce-specversion': '1.0', 'ce-id': 'e-1', 'ce-type': 'com.example.alert', 'ce-source': '/monitor%20one' };
  expect((await send('generic', { ...headers, 'ce-time': '2026-11-20T06:50:00Z' })).status).toBe(202);
  expect(JSON.parse(served.accepted[0]?.body ?? '')).toEqual({
    ...{ specversion: '1.0', id: 'e-1', type: 'com.example.alert', source: '/monitor one', time: '2026-11-20T06:50:00Z' },
    data: JSON.parse(fixture('generic', 'firing')),
  });
});

test('what tells nothing is accepted, counted as of no use, and not stored', async () => {
  served = await serve();
  expect(await (await send('opsgenie', { authorization: `Bearer ${TOKEN}` }, fixture('opsgenie', 'acknowledged'))).json()).toMatchObject({ accepted: 0 });
  expect([served.accepted, served.ignored]).toEqual([[], ['opsgenie']]);
});
