import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { type ApiAsk, judgeApi } from '../../src/core/quota.ts';
import { createQuotaAsk } from '../../src/health/quota.ts';
import { realClock } from '../../src/lib/clock.ts';
import { SANDBOX_TOKEN, startGitHub } from '../../src/sandbox/github/server.ts';

const TOKEN = 'tok_CANARY0123456789';
const api: ApiAsk = { name: 'Mail', url: 'http://127.0.0.1:1/', kind: 'generic', tokenEnv: 'MAIL_TOKEN', header: 'Authorization', scheme: 'Bearer' };
const never = new AbortController().signal;
const ask = createQuotaAsk((name) => (name === 'MAIL_TOKEN' ? ` ${TOKEN}\n` : undefined));

async function serving(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/limits`; // a TCP server that listens has one
}

it('sends the token in the header the service uses, and brings back what is said about limits', async () => {
  const heard: unknown[] = [];
  const url = await serving(({ headers }, response) => {
    heard.push([headers.authorization, headers['x-api-key'], headers['user-agent']]);
    response.writeHead(429, { 'x-ratelimit-limit': '10', 'retry-after': '7', 'content-type': 'application/json' }).end('{"message":"slow down"}');
  });
  expect(await ask({ ...api, url }, never)).toMatchObject({
    status: 429,
    headers: { 'x-ratelimit-limit': '10' },
    body: { message: 'slow down' },
    retryAfterMs: 7_000,
  });
  await ask({ ...api, url, header: 'X-Api-Key', scheme: '' }, never);
  await ask({ ...api, url, tokenEnv: undefined }, never);
  expect(heard).toEqual([
    [`Bearer ${TOKEN}`, undefined, 'tagback'],
    [undefined, TOKEN, 'tagback'],
    [undefined, undefined, 'tagback'],
  ]);
});

it('reads a date of retry-after by the clock of who wrote it, and a nonsense one not at all', async () => {
  const date = new Date(Date.now() - 3_600_000);
  const waits: (number | undefined)[] = [];
  for (const later of [new Date(date.getTime() + 90_000).toUTCString(), 'soon']) {
    const url = await serving((_, response) => void response.writeHead(429, { date: date.toUTCString(), 'retry-after': later }).end());
    const { retryAfterMs, skewMs } = await ask({ ...api, url }, never);
    waits.push(retryAfterMs);
    expect(skewMs).toBeLessThan(-3_500_000);
  }
  expect(waits).toEqual([90_000, undefined]);
});

it('follows no redirect: the token goes to the address in services.yml and nowhere else', async () => {
  const heard: string[] = [];
  const other = await serving((_, response) => void response.end(heard.push('other')));
  const url = await serving((_, response) => void response.writeHead(302, { location: other }).end());
  expect(await ask({ ...api, url }, never)).toMatchObject({ status: 302 });
  expect(heard).toEqual([]);
});

it('no answer, a missing token and an address that is never fetched are said, not thrown, and hold no secret', async () => {
  const answers = [
    await ask(api, never),
    await ask({ ...api, tokenEnv: 'NOT_THERE' }, never),
    await ask({ ...api, url: 'http://169.254.169.254/latest' }, never),
    await ask({ ...api, url: await serving((_, response) => void response.end('x'.repeat(100_000))) }, never),
  ];
  expect(answers.map(({ status, error }) => status ?? error)).toEqual([
    expect.stringContaining('gave no answer (ECONNREFUSED)'),
    'the variable NOT_THERE holds no token for Tagback; nothing was asked',
    expect.stringContaining('metadata address'),
    200,
  ]);
  expect(JSON.stringify(answers)).not.toContain(TOKEN);
});

it('one misspelt header makes the calls to GitHub anonymous; spelt rightly they are known, and a wrong token is told apart', async () => {
  const github = await startGitHub({ clock: realClock });
  onTestFinished(() => github.close());
  const hub: ApiAsk = { ...api, name: 'GitHub', url: `${github.url}/rate_limit`, kind: 'github', tokenEnv: 'HUB_TOKEN' };
  const judged = async (over: Partial<ApiAsk>, token = SANDBOX_TOKEN) =>
    judgeApi(hub, await createQuotaAsk(() => token)({ ...hub, ...over }, never), realClock.now());
  expect(await judged({})).toMatchObject({ standing: 'ok', limit: 5_000 });
  expect(await judged({ header: 'Authorisation' })).toMatchObject({ standing: 'anonymous', limit: 60, because: 'limit is 60/h, so our calls are anonymous' });
  expect(await judged({}, 'ghp_wrong')).toMatchObject({ standing: 'unauthorized' });
  github.leave(0, SANDBOX_TOKEN);
  expect(await judged({})).toMatchObject({ standing: 'exhausted', remaining: 0 });
});
