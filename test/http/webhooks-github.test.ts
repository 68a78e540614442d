import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { github } from '../../src/sources/github.ts';
import { readChanges } from '../../src/sources/read.ts';
import { service } from '../core/given.ts';
import { deploymentStatus, push, release, signatureOf, workflowRun } from '../sources/github-payloads.ts';
import { catalog, GITHUB_SECRETS, NOW, type Served, serve, TOKEN } from './serve.ts';

const rows = readFileSync(new URL('../fixtures/bad-inputs/corpus.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { id: string; surface: string }) // our own fixture
  .filter(({ surface }) => surface === 'POST /webhooks/github');

const ours = { ...catalog, services: [service] };
let served: Served;
beforeEach(async () => {
  served = await serve({ catalog: ours });
});
afterEach(() => served.close());

interface Sending {
  readonly event?: string;
  readonly delivery?: string;
  readonly secret?: string;
  readonly headers?: Record<string, string>;
}

/** As GitHub sends it; without our bearer token. */
function send(
  body: object | string,
  { event = 'release', delivery = '72d3162e-cc78-11e3-81ab-4c9367dc0958', secret = GITHUB_SECRETS[0], headers = {} }: Sending = {},
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(`${served.url}/webhooks/github`, {
    method: 'POST',
    body: text,
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': delivery,
      'x-hub-signature-256': signatureOf(text, secret),
      ...headers,
    },
  });
}
const bare = (headers: Record<string, string>, body = JSON.stringify(release())) => fetch(`${served.url}/webhooks/github`, { method: 'POST', body, headers });
const told = async (answer: Response) => ({ status: answer.status, ...((await answer.json()) as object) });

test('every row of the corpus has a test here', () => {
  const text = readFileSync(new URL(import.meta.url), 'utf8');
  expect(rows.map(({ id }) => id)).toHaveLength(9);
  for (const { id } of rows) expect(text, id).toContain(`'${id}: `);
});

describe('POST /webhooks/github', () => {
  test.each([
    ['release', release()],
    ['deployment_status', deploymentStatus()],
    ['workflow_run', workflowRun()],
    ['push', push()],
  ])('a signed %s is stored as it came, with its name', async (event, payload) => {
    expect(await told(await send(payload, { event }))).toEqual({ status: 202, accepted: 1 });
    const [stored] = served.accepted;
    expect(stored).toMatchObject({ source: 'github', receivedAt: NOW, once: expect.stringMatching(/^github:[0-9a-f]{64}$/) });
    expect(stored?.body).toBe(`{"event":"${event}","payload":${JSON.stringify(payload)}}`);
    expect(readChanges(github, stored?.body ?? '', { now: NOW, catalog })).toHaveLength(1);
  });

  test('the signature is of the raw bytes: spaces and odd spellings stay', async () => {
    const body = ` ${JSON.stringify(release()).replace('"action"', '"\\u0061ction"')}\n`;
    expect((await send(body)).status).toBe(202);
    expect(served.accepted[0]?.body).toContain('\\u0061ction');
  });

  test('while the secret is changed, the old and the new one are live, and no third', async () => {
    for (const [index, secret] of GITHUB_SECRETS.entries())
      expect((await send(release('published', { tag_name: `v1.0.${index}` }), { secret })).status).toBe(202);
    expect((await send(release(), { secret: 'third-webhook-secret-0123' })).status).toBe(401);
  });

  test('our bearer token is worth nothing here', async () => {
    expect((await bare({ authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', 'x-github-event': 'release' })).status).toBe(401);
  });

  test('H01: without a signature it is not looked at', async () => {
    const answer = await bare({ 'content-type': 'application/json', 'x-github-event': 'release' });
    expect(await told(answer)).toMatchObject({ status: 401, error: { code: 'E_AUTH', message: 'not allowed', path: 'headers.x-hub-signature-256' } });
  });

  test('H02: the old sha1 signature is not enough, and the answer says so', async () => {
    const answer = await bare({ 'content-type': 'application/json', 'x-github-event': 'release', 'x-hub-signature': `sha1=${'a'.repeat(40)}` });
    expect(await told(answer)).toMatchObject({ status: 401, error: { code: 'E_AUTH', message: 'sha256 required' } });
  });

  test('H03: a signature of another length is a wrong one, not a fault of ours', async () => {
    expect((await send(release(), { headers: { 'x-hub-signature-256': 'sha256=abcd' } })).status).toBe(401);
  });

  test('H04: signed, but nobody says what it is', async () => {
    const body = JSON.stringify(release());
    const answer = await bare({ 'content-type': 'application/json', 'x-hub-signature-256': signatureOf(body, GITHUB_SECRETS[0]) }, body);
    expect(await told(answer)).toMatchObject({ status: 400, error: { code: 'E_HEADER', message: expect.stringContaining('X-GitHub-Event') } });
  });

  test('H05: what we do not listen to is taken and counted, even when we could not read it', async () => {
    expect(await told(await send({ sponsorship: {} }, { event: 'sponsorship' }))).toEqual({ status: 202, accepted: 0, ignored: true });
    expect(await told(await send('not JSON', { event: 'sponsorship' }))).toEqual({ status: 202, accepted: 0, ignored: true });
    expect(await told(await send(release('edited')))).toEqual({ status: 202, accepted: 0, ignored: true });
    expect(served.ignored).toEqual(['github', 'github', 'github']);
    expect(served.accepted).toEqual([]);
  });

  test('H06: a delivery that comes again is the same delivery, whatever number it is given', async () => {
    expect((await send(release())).status).toBe(202);
    expect(await told(await send(release()))).toEqual({ status: 200, accepted: 0, duplicate: true });
    expect(await told(await send(release(), { delivery: 'another' }))).toEqual({ status: 200, accepted: 0, duplicate: true });
    expect((await send(release('published', { tag_name: 'v9.9.9' }))).status).toBe(202);
    expect(served.accepted).toHaveLength(2);
  });

  test('H07: a tag that git allows and we do not is stored as data', async () => {
    expect((await send(release('published', { tag_name: 'v1.0.0$(id)' }))).status).toBe(202);
    const [seen] = readChanges(github, served.accepted[0]?.body ?? '', { now: NOW, catalog });
    expect(seen?.change.tag).toBe('v1.0.0$(id)');
  });

  test('H08: a repository of no service is ignored, and named in the log once an hour', async () => {
    const foreign = { ...workflowRun(), repository: { full_name: 'evil/shop', html_url: 'https://github.com/evil/shop' } };
    for (const delivery of ['a', 'b', 'c'])
      expect(await told(await send(foreign, { event: 'workflow_run', delivery }))).toMatchObject({ status: 202, ignored: true });
    const lines = served.lines.filter((line) => line.includes('E_REPO_NOT_ALLOWED'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('evil/shop');
    expect(served.accepted).toEqual([]);
  });

  test('H09: a webhook that is set to send a form is told how to send JSON', async () => {
    const body = `payload=${encodeURIComponent(JSON.stringify(release()))}`;
    const answer = await send(body, { headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    expect(await told(answer)).toMatchObject({
      status: 415,
      error: { code: 'E_MEDIA_TYPE', hint: "set the webhook's content type to application/json" },
    });
  });

  test('the ping of a new webhook is answered', async () => {
    expect(await told(await send({ zen: 'Keep it logically awesome.', hook_id: 1 }, { event: 'ping' }))).toMatchObject({ status: 200, pong: true });
    expect((await send({ zen: 'x' }, { event: 'ping', secret: 'wrong-webhook-secret-01' })).status).toBe(401);
  });

  test('a repository is the same in any case', async () => {
    const shouting = { ...release(), repository: { full_name: 'ACME/Shop', html_url: 'https://github.com/ACME/Shop' } };
    expect((await send(shouting)).status).toBe(202);
  });

  test('a body that is no JSON, or not what GitHub sends, is refused with the place', async () => {
    expect(await told(await send('{"a":'))).toMatchObject({ status: 400, error: { code: 'E_JSON_SYNTAX' } });
    expect(await told(await send({ action: 'published' }))).toMatchObject({ status: 422, error: { code: 'E_SCHEMA', path: 'payload.repository' } });
    expect(await told(await send(`{"a":${'['.repeat(100)}${']'.repeat(100)}}`))).toMatchObject({ status: 422, error: { code: 'E_JSON_DEPTH' } });
  });

  test('no secret reaches an answer or a log line', async () => {
    const answers = await Promise.all([
      send(release()),
      send(release(), { secret: 'wrong' }),
      send('x'),
      send(release(), { headers: { 'x-github-event': '' } }),
    ]);
    const text = (await Promise.all(answers.map((answer) => answer.text()))).join('') + served.lines.join('');
    for (const secret of GITHUB_SECRETS) expect(text).not.toContain(secret);
  });
});

test('what cannot be stored is 503, so that it can be sent again', async () => {
  await served.close();
  served = await serve({ catalog: ours, accept: () => Promise.reject(new Error('disk')) });
  expect(await told(await send(release()))).toMatchObject({ status: 503, error: { code: 'E_STORE' } });
});
