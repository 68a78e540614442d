/** Slack is gone altogether; the rollback is done from terminals, in processes of their own, against the bot that `npm start` runs. */
import { spawn } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { realClock } from '../../src/lib/clock.ts';
import { textOf } from '../../src/sandbox/demo/reader.ts';
import { openStage, type Stage } from '../../src/sandbox/stage.ts';
import { freePort } from '../free-port.ts';
import { ADA, GRACE, type Member, OPERATORS } from '../local/operators.ts';
import { within } from './ask.ts';
import { realBot, supervise } from './process.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
type Env = Readonly<Record<string, string>>;

/** `tagback rollback …` as one person types it, with what a terminal has: the address of the database and a token of their own. */
function types(stage: Stage, { token }: Pick<Member, 'token'>, ...words: readonly string[]): Promise<{ exit: number | null; out: string; err: string }> {
  const env = { PATH: process.env.PATH, DATABASE_URL: stage.env.DATABASE_URL, TAGBACK_OPERATOR_TOKEN: token };
  const child = spawn(process.execPath, [CLI, 'rollback', ...words], {
    cwd: stage.dir,
    env: { ...env, NODE_COMPILE_CACHE: join(tmpdir(), 'tagback-compile-cache') },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 90_000,
  });
  const said = { out: '', err: '' };
  for (const [name, stream] of [['out', child.stdout] as const, ['err', child.stderr] as const])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  return new Promise((resolve) => child.once('close', (exit) => resolve({ exit, ...said })));
}

/** What somebody without Slack tokens at hand reads and copies. */
function fromTheSentence(err: string): Env {
  const [, settings = ''] = /((?:[A-Z_]+=\S+ )+)npm start is enough/.exec(err) ?? [];
  const { SLACK_APP_TOKEN: _, ...none } = {
    SLACK_APP_TOKEN: '',
    ...Object.fromEntries(
      settings
        .trim()
        .split(' ')
        .map((pair) => pair.split('=')),
    ),
  };
  return none;
}

/** Two ways of being gone: nobody listens, or somebody takes every connection and never says a word. */
async function mute(port: number): Promise<() => Promise<void>> {
  const lines = new Set<Socket>();
  const server = createServer((socket) => void lines.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const line of lines) line.destroy();
    await closed;
  };
}

test.concurrent.for([
  { slack: 'takes every connection and never answers', tokens: 'its own tokens' },
  { slack: 'refuses every connection', tokens: 'tokens that do not work, as the command line says' },
] as const)(
  'while Slack $slack, two operators roll back, the bot having $tokens; when Slack is back the channel shows it',
  {
    timeout: 180_000,
  },
  async ({ slack, tokens }, { onTestFinished }) => {
    const stage = await openStage({ clock: realClock, services: (text) => `${text}\n${OPERATORS}` });
    onTestFinished(() => stage.close());
    const slackPort = await freePort();
    const unmute = slack === 'refuses every connection' ? undefined : await mute(slackPort);
    const hasTokens = tokens === 'its own tokens';
    const { SLACK_BOT_TOKEN = '', SLACK_APP_TOKEN = '', ...rest } = stage.env;
    const own = { SLACK_BOT_TOKEN, SLACK_APP_TOKEN };
    const around = { ...rest, SLACK_API_URL: `http://127.0.0.1:${slackPort}/api/` };
    const start = async (tokens: Env) => {
      const bot = supervise({ entry: realBot(), env: { ...around, ...tokens }, port: await freePort(), dir: stage.dir });
      onTestFinished(async () => void (await bot.stop()));
      await bot.bot().up;
      // Alerts are taken first, terminals a moment later.
      await vi.waitUntil(() => bot.bot().log.some(({ msg }) => msg === 'terminals may call'), { timeout: 30_000 });
      return bot;
    };
    const dispatches = () => stage.github.effects.filter(({ kind }) => kind === 'dispatch');

    const down = await types(stage, ADA, 'checkout-api', 'v2.13.2');
    expect(down).toMatchObject({
      exit: 69,
      out: '',
      err: expect.stringMatching(/The bot is not running: .*tagback\.sock\. Nothing was done\. Start it .* npm start/),
    });
    const bot = await start(hasTokens ? own : fromTheSentence(down.err));

    const asked = await types(stage, ADA, 'checkout-api', 'v2.13.2', '--reason', 'errors since the release');
    expect(asked.exit, asked.err).toBe(0);
    expect(asked.out).toMatch(/INC-1 rb1 · checkout-api: rollback v2\.14\.0 → v2\.13\.2/);
    expect(await types(stage, ADA, 'approve', 'INC-1', 'rb1')).toMatchObject({ exit: 77 });
    expect(await types(stage, { token: `tbop_${'x'.repeat(43)}` }, 'approve', 'INC-1', 'rb1')).toMatchObject({ exit: 77, out: '' });
    expect(dispatches()).toEqual([]);

    // The plan outlives the process, and the next one takes the place of the socket's file that was left.
    await bot.kill();
    await bot.bot().up;
    // Alerts are taken first, terminals a moment later.
    await expect.poll(() => bot.bot().log.some(({ msg }) => msg === 'terminals may call'), { timeout: 10_000 }).toBe(true);
    const watching = types(stage, ADA, 'status', 'inc-1', 'rb1', '--watch');
    const approved = await types(stage, GRACE, 'approve', 'INC-1', 'rb1', '--watch');
    expect(approved.exit, approved.err).toBe(0);
    expect(approved.out).toMatch(/done: GitHub reports v2\.13\.2 as deployed/);
    expect(await watching).toMatchObject({ exit: 0, out: expect.stringMatching(/Approved by grace/) });
    expect(stage.shop.release()).toBe('v2.13.2');
    expect(dispatches()).toHaveLength(1);
    expect(bot.strayExits).toEqual([]);

    await unmute?.();
    const back = await openStage({ clock: realClock, slack: { port: slackPort, limits: 'off' } });
    onTestFinished(() => back.close());
    if (!hasTokens) {
      await bot.stop();
      await start(own);
    }
    const words = () => [...back.slack.world.channels.values()].filter(({ name }) => name.startsWith('inc-')).flatMap(({ messages }) => messages.map(textOf));
    const shows = (saying: RegExp) => within(60_000, String(saying), () => words().find((text) => saying.test(text)));
    expect((await shows(/Done: GitHub reports the rollback to `v2\.13\.2` as successful/)).value).toMatch(
      /Asked by ada[\s\S]*approved by grace[\s\S]*errors since the release/,
    );
    await shows(/INC-1 · Rollback of checkout-api to v2\.13\.2/);
    expect(dispatches()).toHaveLength(1);
  },
);
