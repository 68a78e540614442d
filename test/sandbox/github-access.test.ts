import { createSign, generateKeyPairSync } from 'node:crypto';
import { App } from 'octokit';
import { expect, test } from 'vitest';
import { realClock } from '../../src/lib/clock.ts';
import { SANDBOX_TOKEN } from '../../src/sandbox/github/server.ts';
import { DEPLOY, HERE, octokitFor, refusal, stage } from './github-stage.ts';

const HOUR_MS = 3_600_000;

test('whoever sends no credentials is served, with a limit of 60 an hour, and then refused', async () => {
  const { github, clock } = await stage();
  const nobody = octokitFor(github, undefined);
  const first = await nobody.rest.repos.getLatestRelease(HERE);
  expect(first.headers).toMatchObject({ 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '59' });
  for (let index = 0; index < 59; index++) await nobody.rest.repos.getLatestRelease(HERE);
  const refused = await refusal(nobody.rest.repos.getLatestRelease(HERE));
  expect(refused).toMatchObject({ status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String((clock.now() + HOUR_MS) / 1000) } });
  expect(refused.message).toContain('API rate limit exceeded for 127.0.0.1');
  clock.move(HOUR_MS);
  expect((await nobody.rest.repos.getLatestRelease(HERE)).status).toBe(200);
});

test('a misspelt Authorization header makes an anonymous caller, and the record shows it', async () => {
  const { github } = await stage();
  const response = await fetch(`${github.url}/repos/acme/shop/releases/latest`, { headers: { Authorisation: `Bearer ${SANDBOX_TOKEN}` } });
  expect([response.status, response.headers.get('x-ratelimit-limit')]).toEqual([200, '60']);
  expect(github.requests.at(-1)).toMatchObject({ auth: 'none', caller: 'anonymous', status: 200 });
  expect(JSON.stringify(github.requests)).not.toContain(SANDBOX_TOKEN);
});

test('a token has 5000 requests an hour; rate_limit and what has not changed cost nothing', async () => {
  const { github, octokit } = await stage();
  const { headers } = await octokit.rest.repos.getLatestRelease(HERE);
  expect(headers).toMatchObject({ 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '4999', 'x-ratelimit-used': '1', 'x-ratelimit-resource': 'core' });
  const same = await refusal(octokit.rest.repos.getLatestRelease({ ...HERE, headers: { 'if-none-match': headers.etag } }));
  expect(same.status).toBe(304);
  const { data } = await octokit.rest.rateLimit.get();
  expect(data.resources.core).toMatchObject({ limit: 5000, remaining: 4999 });
  github.leave(0, SANDBOX_TOKEN);
  expect(await refusal(octokit.rest.repos.getLatestRelease(HERE))).toMatchObject({
    status: 403,
    message: expect.stringContaining('API rate limit exceeded for user'),
  });
  expect((await octokit.rest.rateLimit.get()).data.resources.core.remaining).toBe(0);
});

test('an unknown token is refused with 401 and counted against its address', async () => {
  const { github } = await stage();
  const refused = await refusal(octokitFor(github, 'ghp_wrong').rest.repos.get(HERE));
  expect(refused).toMatchObject({
    status: 401,
    message: expect.stringContaining('Bad credentials'),
    headers: { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '59' },
  });
  expect(github.requests.at(-1)).toMatchObject({ auth: 'token', caller: 'anonymous', status: 401 });
});

test('a token without the permission is told which one is missing', async () => {
  const { github } = await stage({ tokens: { reader: { permissions: { contents: 'read', actions: 'read' } } } });
  const reader = octokitFor(github, 'reader');
  expect((await reader.rest.repos.getLatestRelease(HERE)).status).toBe(200);
  expect(await refusal(reader.rest.actions.createWorkflowDispatch({ ...DEPLOY, ref: 'main', inputs: { tag: 'v2.13.2' } }))).toMatchObject({
    status: 403,
    message: expect.stringContaining('Resource not accessible by personal access token'),
    headers: { 'x-accepted-github-permissions': 'actions=write' },
  });
  expect(await refusal(reader.rest.repos.updateRelease({ ...HERE, release_id: 231_500_104, make_latest: 'true' }))).toMatchObject({ status: 403 });
  expect(await refusal(octokitFor(github, undefined).rest.actions.createWorkflowDispatch({ ...DEPLOY, ref: 'main' }))).toMatchObject({ status: 401 });
  expect(github.effects).toEqual([]);
});

test('a private repository does not exist for those who may not see it', async () => {
  const tokens = {
    mine: { permissions: { contents: 'read' } },
    stranger: { permissions: { contents: 'write', actions: 'write' }, repos: ['acme/other'] },
  } as const;
  const { github } = await stage({ isPrivate: true, tokens });
  for (const token of [undefined, 'stranger']) {
    const octokit = octokitFor(github, token);
    expect(await refusal(octokit.rest.repos.get(HERE))).toMatchObject({ status: 404 });
    expect(await refusal(octokit.rest.actions.createWorkflowDispatch({ ...DEPLOY, ref: 'main' }))).toMatchObject({ status: 404 });
  }
  expect((await octokitFor(github, 'mine').rest.repos.get(HERE)).data.private).toBe(true);
  expect(await refusal(octokitFor(github, 'mine').rest.actions.listRepoWorkflows(HERE))).toMatchObject({ status: 403 });
});

test('too many writes in a minute reach the secondary limit', async () => {
  const { octokit, clock } = await stage({ writesPerMinute: 2 });
  const disable = () => octokit.rest.actions.disableWorkflow({ ...HERE, workflow_id: 'ci.yml' });
  await disable();
  await disable();
  expect(await refusal(disable())).toMatchObject({ status: 403, message: expect.stringContaining('secondary rate limit'), headers: { 'retry-after': '60' } });
  clock.move(60_000);
  expect((await disable()).status).toBe(204);
});

test('what GitHub would not read at all is refused: no user agent, an unknown version, broken JSON, an unknown path', async () => {
  const { github } = await stage();
  const ask = async (path: string, init: RequestInit) => {
    const response = await fetch(github.url + path, { ...init, headers: { authorization: `Bearer ${SANDBOX_TOKEN}`, ...init.headers } });
    const body: unknown = await response.json();
    expect(body).toMatchObject({ message: expect.any(String), documentation_url: expect.any(String), status: String(response.status) });
    return response.status;
  };
  const dispatches = '/repos/acme/shop/actions/workflows/deploy.yml/dispatches';
  expect(await ask('/user', { headers: { 'user-agent': '' } })).toBe(403);
  expect(await ask('/user', { headers: { 'x-github-api-version': '2020-01-01' } })).toBe(400);
  expect(await ask(dispatches, { method: 'POST', body: '{"ref":' })).toBe(400);
  expect(await ask(dispatches, { method: 'POST', body: '["main"]' })).toBe(400);
  expect(await ask('/repos/acme/other', {})).toBe(404);
  expect(await ask('/repos/acme/shop/%zz', {})).toBe(404);
  expect(await ask('/no/such/thing', { method: 'DELETE' })).toBe(404);
  expect(github.requests.every((request) => request.id !== '' && request.auth === 'bearer')).toBe(true);
});

test('a GitHub App signs in with its key and may do what its installation was given', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const appOptions = { id: 4711, slug: 'tagback', publicKey, installationId: 99, permissions: { actions: 'write', contents: 'read' } } as const;
  const { github, octokit: person } = await stage({ clock: realClock, app: appOptions });
  const app = new App({ appId: 4711, privateKey, Octokit: (await import('octokit')).Octokit.defaults({ baseUrl: github.url, throttle: { enabled: false } }) });
  const { data: found } = await app.octokit.rest.apps.getRepoInstallation(HERE);
  const bot = await app.getInstallationOctokit(found.id);
  expect((await bot.rest.actions.createWorkflowDispatch({ ...DEPLOY, ref: 'main', inputs: { tag: 'v2.13.2' } })).status).toBe(204);
  expect(github.effects).toMatchObject([{ kind: 'dispatch', by: 'tagback[bot]' }]);
  expect(await refusal(bot.rest.repos.updateRelease({ ...HERE, release_id: 231_500_102, name: 'x' }))).toMatchObject({
    status: 403,
    message: expect.stringContaining('Resource not accessible by integration'),
  });
  expect(await refusal(person.rest.apps.getAuthenticated())).toMatchObject({ status: 401 });
});

test('a token of an App that is too old, too long or signed by somebody else is refused; an installation token ends after an hour', async () => {
  const keys = () =>
    generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
  const [ours, theirs] = [keys(), keys()];
  const { github, clock } = await stage({ app: { id: 1, slug: 'tagback', publicKey: ours.publicKey, installationId: 9, permissions: { contents: 'read' } } });
  const nowS = clock.now() / 1000;
  const sign = (key: string, claims: object) => {
    const text = [{ alg: 'RS256' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
  };
  const ask = (path: string, token: string, method = 'GET') => fetch(github.url + path, { method, headers: { authorization: `Bearer ${token}` } });
  const good = sign(ours.privateKey, { iat: nowS, exp: nowS + 600, iss: 1 });
  expect((await ask('/app', good)).status).toBe(200);
  const bad = [
    sign(ours.privateKey, { iat: nowS, exp: nowS + 3_600, iss: 1 }),
    sign(ours.privateKey, { iat: nowS - 900, exp: nowS - 300, iss: 1 }),
    sign(ours.privateKey, { iat: nowS, exp: nowS + 600, iss: 2 }),
    sign(theirs.privateKey, { iat: nowS, exp: nowS + 600, iss: 1 }),
  ];
  for (const token of bad) expect((await ask('/app', token)).status).toBe(401);
  const issued = await ask('/app/installations/9/access_tokens', good, 'POST');
  const { token } = await issued.json();
  expect([issued.status, (await ask('/repos/acme/shop', token)).status]).toEqual([201, 200]);
  clock.move(HOUR_MS);
  expect((await ask('/repos/acme/shop', token)).status).toBe(401);
});
