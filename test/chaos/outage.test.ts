import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { realClock } from '../../src/lib/clock.ts';
import { openStage, type Stage } from '../../src/sandbox/stage.ts';
import { freePort } from '../free-port.ts';
import { type Dependency, healthz, type Ready, readyz, sendAlert, within } from './ask.ts';
import { realBot, type Supervisor, supervise } from './process.ts';

const CHECKOUT = { alertname: 'CheckoutHigh5xx', service: 'checkout-api', severity: 'critical' };

const OUTSIDE = ['slack', 'slack-events', 'github'] as const;
const isWell = ({ dependencies }: Ready): boolean => dependencies.every(({ state }) => state === 'ok');

/** Takes what closes something; called in reverse when the test is over. */
type Finish = (close: () => Promise<void>) => void;

async function stageOn(finish: Finish, options: Omit<Parameters<typeof openStage>[0], 'clock'> = {}): Promise<Stage> {
  const stage = await openStage({ clock: realClock, ...options });
  finish(() => stage.close());
  return stage;
}

async function start(finish: Finish, env: Readonly<Record<string, string>>, dir: string): Promise<Supervisor> {
  const bot = supervise({ entry: realBot(), env, port: await freePort(), dir });
  finish(async () => void (await bot.stop()));
  return bot;
}

const named = (dependencies: readonly Dependency[], name: string): Dependency | undefined => dependencies.find((one) => one.name === name);

test.concurrent('with nothing reachable but the database it starts, names each cause, takes alerts, and catches up when Slack and GitHub come back', {
  timeout: 120_000,
}, async ({ onTestFinished }) => {
  // The settings and playbooks of a world that is gone: Slack, GitHub, Prometheus and the shop refuse every connection.
  const gone = await openStage({ clock: realClock });
  const dir = mkdtempSync(join(tmpdir(), 'tagback-outage-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  cpSync(gone.env.PLAYBOOKS_DIR ?? '', join(dir, 'playbooks'), { recursive: true });
  await gone.close();
  const [slackPort, githubPort] = [await freePort(), await freePort()];
  const bot = await start(
    onTestFinished,
    {
      ...gone.env,
      SLACK_API_URL: `http://127.0.0.1:${slackPort}/api/`,
      GITHUB_API_URL: `http://127.0.0.1:${githubPort}`,
      PLAYBOOKS_DIR: join(dir, 'playbooks'),
      DATABASE_URL: `sqlite:${join(dir, 'tagback.db')}`,
    },
    dir,
  );

  const listening = await within(20_000, 'an answer of /healthz', () => healthz(bot.url).catch(() => undefined));
  expect(listening.value).toBe(200);
  const { value: down } = await within(10_000, 'a cause for each dependency', async () => {
    const { status, dependencies } = await readyz(bot.url);
    return OUTSIDE.every((name) => named(dependencies, name)?.cause) ? { status, dependencies } : undefined;
  });
  expect(down.status, 'ready means that alerts can be taken').toBe(200);
  expect(named(down.dependencies, 'database')).toMatchObject({ state: 'ok' });
  for (const name of OUTSIDE) {
    expect(named(down.dependencies, name)).toMatchObject({ state: 'down', cause: expect.stringMatching(/ECONNREFUSED|refused|connect/i) });
    expect(Date.parse(named(down.dependencies, name)?.since ?? '')).toBeLessThanOrEqual(Date.now());
  }
  expect(await sendAlert(bot.url, gone.env.WEBHOOK_TOKEN ?? '', CHECKOUT)).toBe(202);
  await sleep(2_000);
  expect(await healthz(bot.url)).toBe(200);

  const back = await stageOn(onTestFinished, { slack: { port: slackPort, limits: 'off' }, github: { port: githubPort } });
  const messages = () => [...back.slack.world.channels.values()].filter(({ name }) => name.startsWith('inc-')).flatMap((channel) => channel.messages);
  const card = await within(60_000, 'the card', () => messages().find(({ metadata }) => metadata?.event_payload.slot === 'card'));
  await within(60_000, 'the release, read from GitHub', () =>
    messages().some(({ blocks }) => JSON.stringify(blocks ?? []).includes('v2.14.0')) ? true : undefined,
  );
  await within(60_000 - card.tookMs, 'an end of all causes', async () => (isWell(await readyz(bot.url)) ? true : undefined));
  expect(bot.strayExits).toEqual([]);
  expect(await bot.stop()).toMatchObject({ code: 0 });
});

interface BadStart {
  readonly what: string;
  readonly dependency: string;
  readonly cause: RegExp;
  env(stage: Stage, finish: Finish): Promise<Readonly<Record<string, string>>>;
}
const BAD_STARTS: readonly BadStart[] = [
  {
    what: 'a wrong Slack bot token',
    dependency: 'slack',
    cause: /SLACK_BOT_TOKEN.*invalid_auth/,
    env: async () => ({ SLACK_BOT_TOKEN: 'xoxb-9-9-notTheRightOne' }),
  },
  {
    what: 'a wrong Slack app token',
    dependency: 'slack-events',
    cause: /SLACK_APP_TOKEN.*invalid_auth/,
    env: async () => ({ SLACK_APP_TOKEN: 'xapp-1-A0-9-notTheRightOne' }),
  },
  {
    what: 'a wrong GitHub token',
    dependency: 'github',
    cause: /401|GITHUB_TOKEN/,
    env: async () => ({ GITHUB_TOKEN: 'ghp_notTheRightOneAtAllNoNoNo0000000000' }),
  },
  {
    what: 'a gateway that drops the GitHub token',
    dependency: 'github',
    cause: /60.*anonymous/,
    env: async (stage, finish) => ({ GITHUB_API_URL: await withoutAuthorization(stage.github.url, finish) }),
  },
];

test.concurrent.for(BAD_STARTS)(
  '$what is named within 10 s, ends no process, and alerts are still taken',
  { timeout: 60_000 },
  async ({ dependency, cause, env }, { onTestFinished }) => {
    const stage = await stageOn(onTestFinished);
    const wrong = await env(stage, onTestFinished);
    const bot = await start(onTestFinished, { ...stage.env, ...wrong }, stage.dir);
    await bot.bot().up;
    const { value } = await within(10_000, `a cause for ${dependency}`, async () => {
      const seen = named((await readyz(bot.url)).dependencies, dependency);
      return seen?.state === 'down' ? seen : undefined;
    });
    expect(value.cause).toMatch(cause);
    expect(await sendAlert(bot.url, stage.env.WEBHOOK_TOKEN ?? '', CHECKOUT)).toBe(202);
    await sleep(1_000);
    expect(await healthz(bot.url)).toBe(200);
    expect(bot.strayExits).toEqual([]);
    const told = JSON.stringify([await readyz(bot.url), bot.bot().log, bot.bot().stderr()]);
    for (const [name, secret] of Object.entries(wrong)) if (name.endsWith('_TOKEN')) expect(told, `${name} was told`).not.toContain(secret);
  },
);

test.concurrent('a token that is revoked while it runs is named within 10 s', { timeout: 60_000 }, async ({ onTestFinished }) => {
  const stage = await stageOn(onTestFinished);
  const bot = await start(onTestFinished, stage.env, stage.dir);
  await bot.bot().up;
  await within(15_000, 'an end of all causes', async () => (isWell(await readyz(bot.url)) ? true : undefined));
  stage.slack.faults.token('revoked');
  const { value } = await within(10_000, 'the cause', async () => {
    const seen = named((await readyz(bot.url)).dependencies, 'slack');
    return seen?.state === 'down' ? seen : undefined;
  });
  expect(value.cause).toMatch(/SLACK_BOT_TOKEN.*token_revoked/);
  expect(await sendAlert(bot.url, stage.env.WEBHOOK_TOKEN ?? '', CHECKOUT)).toBe(202);
  expect(bot.strayExits).toEqual([]);
});

/** What a careless gateway does: everything passes but the credential, so GitHub answers as it answers strangers. */
async function withoutAuthorization(target: string, finish: Finish): Promise<string> {
  const gateway = createServer((incoming, outgoing) => {
    const { authorization: _, ...headers } = incoming.headers;
    const onward = request(`${target}${incoming.url}`, { method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  finish(async () => void gateway.close());
  return `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`; // a TCP server that listens always has one
}
