/** P13: how long after the recovery can be seen in the query it is said in the channel. Beside it: somebody who asks the same query all the time. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { realClock } from '../src/lib/clock.ts';
import type { Change } from '../src/sandbox/slack/world.ts';
import { openStage, type Stage } from '../src/sandbox/stage.ts';
import { freePort, PROGRAM, pause, start } from './child.ts';
import { type Line, ms, type Row } from './row.ts';
import { median, notes } from './stats.ts';
import { alertBody, NO_STORM } from './world.ts';

const SERVICES = 6;
const STEP_MS = 1_000;
const QUIET_MS = 5_000;
const THRESHOLD = 0.02;
/** So many that within the quiet time luck is ruled out: what is measured is waiting, not doubt. */
const REQUESTS_PER_SECOND = 800;
/** How long it has been bad when the incidents open, and how long it goes on. */
const BAD_MS = 20_000;
const STILL_BAD_MS = 3_000;
const GIVE_UP_MS = 25_000;
const FLOOR_EVERY_MS = 20;
/** Posting it is one call to Slack, on loopback. */
const SLACK_MS = 1_000;

const RATE = 'sum(rate(http_requests_total{service="checkout-api",code=~"5.."}[2s])) / sum(rate(http_requests_total{service="checkout-api"}[2s]))';
const TRAFFIC = 'sum(rate(http_requests_total{service="checkout-api"}[2s]))';
const PLAYBOOK = 'title: Did it help?\nsteps:\n  - { id: verify, use: verify, title: Did it help? }\n';

const serviceName = (number: number): string => `shop-${number}`;
const catalog = (prometheusUrl: string): string =>
  `playbook: verify\n${NO_STORM}services:\n${Array.from({ length: SERVICES }, (_, n) => entry(n + 1, prometheusUrl)).join('')}`;
const entry = (number: number, url: string): string => `  ${serviceName(number)}:
    health:
      error_rate:
        url: ${url}
        query: ${RATE}
        traffic: ${TRAFFIC}
        threshold: ${THRESHOLD * 100}%
        for: ${BAD_MS / 2_000}s
        window: 60s
        quiet: ${QUIET_MS / 1_000}s
        patience: 60s
        step: ${STEP_MS / 1_000}s
`;

export const verdict: Row = {
  ids: ['P13'],
  async run() {
    const stage = await openStage({ clock: realClock, badDeployedMsAgo: BAD_MS, slack: { limits: 'off' }, shop: { requestsPerSecond: REQUESTS_PER_SECOND } });
    const playbooks = join(stage.dir, 'playbooks');
    writeFileSync(join(playbooks, 'verify.yml'), PLAYBOOK);
    writeFileSync(join(playbooks, 'services.yml'), catalog(stage.prometheus.url));
    const port = await freePort();
    const program = start(PROGRAM, { env: { ...stage.env, PORT: String(port) } });
    try {
      await program.said('tagback is up');
      return [lineOf(await measure(stage, port))];
    } finally {
      await program.end();
      await stage.close();
    }
  },
};

interface Measured {
  /** From the first answer of the query below the threshold, in ms. */
  readonly saidMs: readonly number[];
  readonly floorMs: number;
}

async function measure(stage: Stage, port: number): Promise<Measured> {
  const saidAt = new Map<string, number>();
  const stop = stage.slack.on((change) => note(change, saidAt));
  for (let number = 1; number <= SERVICES; number++) {
    await sendAlert(stage, port, number);
    await pause(STEP_MS / SERVICES); // so that their looks fall on different moments of a step
  }
  await pause(STILL_BAD_MS);
  stage.shop.heal();
  const floor = await watchQuery(stage.prometheus.url);
  for (const until = performance.now() + GIVE_UP_MS; saidAt.size < SERVICES && performance.now() < until; ) await pause(FLOOR_EVERY_MS);
  stop();
  if (saidAt.size < SERVICES) throw new Error(`${saidAt.size} of ${SERVICES} verdicts were said within ${GIVE_UP_MS} ms`);
  return { saidMs: [...saidAt.values()].map((at) => at - floor.visibleAt), floorMs: floor.quietAt - floor.visibleAt };
}

function note(change: Change, saidAt: Map<string, number>): void {
  if (change.kind !== 'message' && change.kind !== 'message_changed') return;
  const { channel, message } = change;
  if (/\bRecovered\b/.test(message.text) && !saidAt.has(channel.name)) saidAt.set(channel.name, performance.now());
}

async function sendAlert(stage: Stage, port: number, number: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/webhooks/alertmanager`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stage.env.WEBHOOK_TOKEN}`, 'content-type': 'application/json' },
    body: alertBody({ service: serviceName(number) }, `bench-verdict-${number}`),
  });
  await answer.text();
  if (answer.status !== 202) throw new Error(`the alert was answered with ${answer.status}`);
}

/** Asks without a pause: when it is visible, and when it has been so for the quiet time. */
async function watchQuery(url: string): Promise<{ visibleAt: number; quietAt: number }> {
  let visibleAt: number | undefined;
  for (const until = performance.now() + GIVE_UP_MS; performance.now() < until; ) {
    const now = performance.now();
    if ((await errorRate(url)) > THRESHOLD) visibleAt = undefined;
    else visibleAt ??= now;
    if (visibleAt !== undefined && now - visibleAt >= QUIET_MS) return { visibleAt, quietAt: now };
    await pause(FLOOR_EVERY_MS);
  }
  throw new Error(`the query did not recover within ${GIVE_UP_MS} ms`);
}

async function errorRate(url: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query: RATE }) });
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } }; // Prometheus' own form
  return Number(data.result[0]?.value[1] ?? 1);
}

function lineOf({ saidMs, floorMs }: Measured): Line {
  const goalMs = STEP_MS + QUIET_MS + SLACK_MS;
  const worst = Math.max(...saidMs);
  return {
    id: 'P13',
    what: 'recovery visible in the query → verdict said',
    ours: `p50 ${ms(median(saidMs))}, worst ${ms(worst)}`,
    floor: ms(floorMs),
    ratio: median(saidMs) / floorMs,
    goal: `worst ≤ 1 poll + quiet period + 1 s = ${goalMs} ms`,
    ok: worst <= goalMs,
    note: notes(`${SERVICES} incidents`, `poll ${STEP_MS} ms, quiet ${QUIET_MS} ms`),
  };
}
