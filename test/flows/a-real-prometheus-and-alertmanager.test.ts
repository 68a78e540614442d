/**
 * A real Prometheus and a real Alertmanager (Debian's packages) with the rule of test/fixtures/alertmanager, pointed at the program as
 * `npm start` runs it; Slack, GitHub and the shop are the sandbox. Everything here is in real time: no clock of ours moves theirs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { realClock } from '../../src/lib/clock.ts';
import { readSlack, textOf } from '../../src/sandbox/demo/reader.ts';
import { openStage, type Stage } from '../../src/sandbox/stage.ts';
import { realBot } from '../chaos/process.ts';
import { freePort } from '../free-port.ts';
import { expectContracts } from './contracts.ts';

const PROMETHEUS = '/usr/bin/prometheus';
const ALERTMANAGER = '/usr/bin/prometheus-alertmanager';
const absent = [PROMETHEUS, ALERTMANAGER].filter((path) => !existsSync(path));
const FIXTURES = join(import.meta.dirname, '../fixtures/alertmanager');
/** The least that services.yml allows. */
const RESOLVE_AFTER_MS = 10_000;

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

const missing = absent.length > 0 ? ` (not installed: ${absent})` : '';
it.skipIf(absent.length > 0)(
  `an alert of a real Prometheus opens one incident, its repetitions join, its end resolves it${missing}`,
  { timeout: 150_000 },
  async () => {
    const stage = await openStage({ clock: realClock, services: (text) => text.replace('resolve_after: 60s', 'resolve_after: 10s') });
    closing.push(() => stage.close());
    stage.shop.heal();
    const [bot, prometheus, alertmanager] = await Promise.all([freePort(), freePort(), freePort()]);
    const { log } = await startBot(stage, bot);
    startMonitoring(stage, { bot, prometheus, alertmanager });
    const reader = readSlack(stage.slack);
    await until('scrapes', 20_000, () => scraped(prometheus));
    expect(reader.incidentChannel()).toBeUndefined();

    stage.shop.breakNow();
    const channel = await until('the incident', 40_000, () => reader.incidentChannel());
    expect(channel.name).toBe('inc-1-checkout-api');
    await until('a repetition', 20_000, () => signals(log).some(({ because }) => /^same alert/.test(because)));

    stage.shop.heal();
    await until('the end of the alert', 40_000, () => reader.message(/Alert cleared/));
    await until('the end of the incident', RESOLVE_AFTER_MS + 15_000, () => reader.message(/Resolved/));

    const decisions = signals(log).map(({ decision }) => decision);
    expect(decisions.filter((decision) => decision === 'open')).toHaveLength(1);
    expect([...stage.slack.world.channels.values()].filter(({ name }) => name.startsWith('inc-'))).toHaveLength(1);
    expect(channel.messages.filter((message) => /Alert joined/.test(textOf(message)))).toEqual([]);
    expect(reader.message(/^SEV1 INC-1 resolved: Checkout 5xx rate is/)).toBeDefined();
    expect(stage.github.effects).toEqual([]);
    expect(log.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
    expectContracts(stage);
  },
);

it.skipIf(absent.length > 0)(
  `an alert that goes on while the bot is killed and Alertmanager restarts is one incident, in the right state${missing}`,
  { timeout: 200_000 },
  async () => {
    const stage = await openStage({ clock: realClock, services: (text) => text.replace('resolve_after: 60s', 'resolve_after: 10s') });
    closing.push(() => stage.close());
    stage.shop.heal();
    const [bot, prometheus, alertmanager] = await Promise.all([freePort(), freePort(), freePort()]);
    const first = await startBot(stage, bot);
    const routing = startMonitoring(stage, { bot, prometheus, alertmanager });
    const reader = readSlack(stage.slack);
    await until('scrapes', 20_000, () => scraped(prometheus));
    stage.shop.breakNow();
    await until('the incident', 40_000, () => reader.incidentChannel());

    // Nobody is asked whether it may be killed now; what came meanwhile is sent again by Alertmanager.
    await kill(first.child, 'SIGKILL');
    await until('the line to fall', 20_000, () => stage.slack.sockets === 0);
    const second = await startBot(stage, bot);
    await until('a repetition after the kill', 30_000, () => signals(second.log).some(({ because }) => /^same alert/.test(because)));

    await kill(routing.child, 'SIGTERM');
    const before = signals(second.log).length;
    routing.start();
    await until('a repetition of the new Alertmanager', 40_000, () => signals(second.log).length > before);

    // It fires anew: over for Prometheus, and bad again before anybody was told that it is resolved for good.
    stage.shop.heal();
    await until('the end of the alert', 40_000, () => reader.message(/Alert cleared/));
    stage.shop.breakNow();
    await until('the alert again', 40_000, () => firesAgain(second.log));
    stage.shop.heal();
    const end = await until('the end of the incident', 40_000 + RESOLVE_AFTER_MS + 15_000, async () => {
      const all = await incidents(stage, bot);
      return signals(second.log).at(-1)?.state === 'resolved' && all.every(({ phase }) => phase === 'resolved') && all;
    });
    expect(end.map(({ id }) => id)).toEqual(['INC-1']);

    const decisions = [...signals(first.log), ...signals(second.log)].map(({ decision }) => decision);
    expect(decisions.filter((decision) => decision === 'open')).toHaveLength(1);
    expect([...stage.slack.world.channels.values()].filter(({ name }) => name.startsWith('inc-'))).toHaveLength(1);
    expect(stage.github.effects).toEqual([]);
    expect([...first.log, ...second.log].filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
    expectContracts(stage);
  },
);

/** A firing alert after a resolved one, by the order of the log. */
function firesAgain(log: readonly string[]): boolean {
  const states = signals(log).map(({ state }) => state);
  return states.lastIndexOf('firing') > states.indexOf('resolved') && states.includes('resolved');
}

async function incidents(stage: Stage, port: number): Promise<readonly { readonly id: string; readonly phase: string }[]> {
  const headers = { authorization: `Bearer ${stage.env.API_TOKEN}` };
  const answer = await fetch(`http://127.0.0.1:${port}/api/incidents`, { headers });
  return ((await answer.json()) as { incidents: { id: string; phase: string }[] }).incidents; // our own API
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await once(child, 'exit');
}

/** As `npm start` does it, in a folder without an .env of somebody's own. Answers the lines of its log, as they come. */
async function startBot(stage: Stage, port: number): Promise<{ readonly log: readonly string[]; readonly child: ChildProcess }> {
  const child = run(process.execPath, [realBot()], { cwd: stage.dir, env: { ...stage.env, PORT: String(port) } });
  const lines: string[] = [];
  let rest = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString('utf8')).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  child.stderr?.on('data', (chunk: Buffer) => lines.push(`stderr: ${chunk.toString('utf8')}`));
  await until(
    'the program',
    20_000,
    () => stage.slack.sockets > 0,
    () => lines.join('\n'),
  );
  return { log: lines, child };
}

interface Ports {
  readonly bot: number;
  readonly prometheus: number;
  readonly alertmanager: number;
}

/** The fixtures with our addresses; the rate over 6 s instead of 15, and sent again after 4 s instead of an hour: nobody waits for that. */
function startMonitoring(stage: Stage, { bot, prometheus, alertmanager }: Ports): { child: ChildProcess; start(): void } {
  const folder = join(stage.dir, 'monitoring');
  mkdirSync(folder);
  const put = (name: string, ...changes: readonly (readonly [from: string, to: string])[]): string => {
    const file = join(folder, name);
    writeFileSync(file, changes.reduce(replaced, readFileSync(join(FIXTURES, name), 'utf8')));
    return file;
  };
  put('rules.yml', ['[15s]', '[6s]']);
  const scraping = put('prometheus.yml', ['127.0.0.1:9593', `127.0.0.1:${alertmanager}`], ['127.0.0.1:9595', new URL(stage.shop.url).host]);
  const routing = put(
    'alertmanager.yml',
    ['http://127.0.0.1:9596', `http://127.0.0.1:${bot}`],
    ['demo-secret-token', stage.env.WEBHOOK_TOKEN ?? ''],
    ['repeat_interval: 1h', 'repeat_interval: 4s'],
  );
  const at = (port: number): string => `--web.listen-address=127.0.0.1:${port}`;
  const quiet = ['--log.level=error'];
  const start = (): ChildProcess =>
    run(ALERTMANAGER, [`--config.file=${routing}`, `--storage.path=${join(folder, 'am')}`, at(alertmanager), '--cluster.listen-address=', ...quiet]);
  const child = start();
  // An Alertmanager that starts anew knows no alerts until Prometheus sends them again, which by itself it does once a minute.
  run(PROMETHEUS, ['--rules.alert.resend-delay=3s', `--config.file=${scraping}`, `--storage.tsdb.path=${join(folder, 'tsdb')}`, at(prometheus), ...quiet]);
  return { child, start: () => void start() };
}

function replaced(text: string, [from, to]: readonly [string, string]): string {
  if (!text.includes(from)) throw new Error(`the fixture does not hold ${from}`);
  return text.replaceAll(from, to);
}

function run(command: string, args: readonly string[], options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {}): ChildProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  closing.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  return child;
}

/** What the program decided about each signal, by its own log. */
const signals = (log: readonly string[]): readonly { readonly decision: string; readonly because: string; readonly state: string }[] =>
  log.filter((line) => line.includes('"msg":"signal"')).map((line) => JSON.parse(line));

async function scraped(port: number): Promise<boolean> {
  const url = `http://127.0.0.1:${port}/api/v1/query?${new URLSearchParams({ query: 'count_over_time(up{job="checkout-api"}[20s])' })}`;
  const answer = await fetch(url).then(
    (response) => response.text(),
    () => '',
  );
  return Number(/"value":\[[^,]+,"(\d+)"\]/.exec(answer)?.[1] ?? 0) >= 3;
}

async function until<T>(
  what: string,
  withinMs: number,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  around: () => string = () => '',
): Promise<T> {
  for (const end = Date.now() + withinMs; ; await wait(100)) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > end) throw new Error(`${what} did not come within ${withinMs / 1000} s\n${around()}`);
  }
}
