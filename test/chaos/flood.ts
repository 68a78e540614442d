/**
 * `npm run chaos -- --scenario flood [--seed N]`: 10,000 different alerts over 50 services in 60 s, then one more alert 10,000 times, at the
 * real program in a process of its own, with Slack at its real pace. Nothing may be lost, few channels may open, the program stays small and
 * answers, and the service that matters is on top. FLOOD_SCALE=0.1 makes it ten times smaller and shorter.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { realClock } from '../../src/lib/clock.ts';
import { textOf } from '../../src/sandbox/demo/reader.ts';
import { fingerprintOf } from '../../src/sandbox/shop/alert-payload.ts';
import { openStage, type Stage } from '../../src/sandbox/stage.ts';
import { freePort } from '../free-port.ts';
import { floodFindings } from './flood-findings.ts';
import { type Bot, SHIPPED_BOT, startBot } from './process.ts';
import { seeded } from './random.ts';

const SCALE = Number(process.env.FLOOD_SCALE ?? 1);
const ALERTS = Math.round(10_000 * SCALE);
const FLOOD_MS = 60_000 * SCALE;
const SENDERS = 16;
const LOOK_EVERY_MS = 250;
const DRAIN_MAX_MS = 60_000;
/** The card follows at Slack's pace. */
const CARD_MAX_MS = 20_000;
const LIMITS = { channelsAMinute: 5, rssMb: 512, healthMs: 1_000 };

export const SERVICES: readonly string[] = Array.from({ length: 50 }, (_, index) => `svc-${String(index + 1).padStart(2, '0')}`);
const servicesYml = (): string => `services:\n${SERVICES.map((name) => `  ${name}:\n    alerts: { match: [{ service: ${name} }] }\n`).join('')}`;

export interface Sent {
  readonly fingerprint: string;
  readonly service: string;
  accepted: number;
}
interface Tally {
  worstAckMs: number;
  worstHealthMs: number;
  rssMb: number;
  refused: number;
}

export async function flood(seed: number): Promise<void> {
  const random = seeded(seed);
  const critical = SERVICES[random.whole(0, SERVICES.length)] ?? '';
  const others = SERVICES.filter((name) => name !== critical);
  const stage = await openStage({ clock: realClock, services: servicesYml });
  const bot = startBot({ entry: SHIPPED_BOT, env: stage.env, port: await freePort(), dir: stage.dir });
  const tally: Tally = { worstAckMs: 0, worstHealthMs: 0, rssMb: 0, refused: 0 };
  const watch = new AbortController();
  try {
    await bot.up;
    const watching = watchOver(bot, tally, watch.signal);
    // The one that matters comes late, when more alerts are there than are kept one by one.
    const late = Math.floor(ALERTS * 0.6);
    const different = Array.from({ length: ALERTS }, (_, n) => {
      const service = n === late ? critical : (others[random.whole(0, others.length)] ?? '');
      return alertOf(service, { name: `Alert${n}`, severity: n === late ? 'critical' : 'warning' });
    });
    await send({ stage, bot, tally }, different, FLOOD_MS);
    const one = alertOf(SERVICES[0] ?? '', { name: 'Repeated', severity: 'warning' });
    await send(
      { stage, bot, tally },
      Array.from({ length: ALERTS }, () => one),
      0,
    );
    await drained(bot);
    const card = await cardOf(stage, critical);
    watch.abort();
    await watching;
    bot.signal('SIGTERM');
    await bot.exited;
    report({ stage, seed, tally, card, critical, sent: [...different, one] });
  } finally {
    watch.abort();
    bot.signal('SIGKILL');
    await stage.close();
  }
}

function alertOf(service: string, { name, severity }: { name: string; severity: string }): Sent & { readonly body: string } {
  const labels = { alertname: name, service, severity };
  const fingerprint = fingerprintOf(labels);
  const alert = { status: 'firing', labels, annotations: { summary: `${name} of ${service}` }, startsAt: new Date().toISOString(), fingerprint };
  return { service, fingerprint, accepted: 0, body: JSON.stringify({ version: '4', alerts: [alert] }) };
}

type Sending = Sent & { readonly body: string };
interface World {
  readonly stage: Stage;
  readonly bot: Bot;
  readonly tally: Tally;
}

/** Each at its moment of `overMs`, or as fast as answers come; what is not accepted is sent again, as Alertmanager does. */
async function send({ stage, bot, tally }: World, alerts: readonly Sending[], overMs: number): Promise<void> {
  const begin = performance.now();
  let next = 0;
  const sender = async (): Promise<void> => {
    for (let at = next++; at < alerts.length; at = next++) {
      const alert = alerts[at];
      if (!alert) return;
      const early = begin + (at / alerts.length) * overMs - performance.now();
      if (early > 0) await sleep(early);
      for (let tries = 0; tries < 20 && !(await post({ stage, bot, tally }, alert)); tries += 1) await sleep(250);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
}

async function post({ stage, bot, tally }: World, alert: Sending): Promise<boolean> {
  const begin = performance.now();
  const answer = await fetch(`${bot.url}/webhooks/alertmanager`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${stage.env.WEBHOOK_TOKEN}` },
    body: alert.body,
    signal: AbortSignal.timeout(10_000),
  }).catch(() => undefined);
  await answer?.arrayBuffer();
  if (answer?.status !== 202) {
    tally.refused += 1;
    return false;
  }
  alert.accepted += 1;
  tally.worstAckMs = Math.max(tally.worstAckMs, performance.now() - begin);
  return true;
}

async function watchOver(bot: Bot, tally: Tally, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const begin = performance.now();
    const isWell = await fetch(`${bot.url}/healthz`, { signal: AbortSignal.timeout(5_000) }).then(
      async (answer) => (await answer.arrayBuffer()) && answer.ok,
      () => false,
    );
    tally.worstHealthMs = Math.max(tally.worstHealthMs, isWell ? performance.now() - begin : Number.POSITIVE_INFINITY);
    // Linux; elsewhere the memory is not judged.
    const status = await readFile(`/proc/${bot.pid}/status`, 'utf8').catch(() => '');
    tally.rssMb = Math.max(tally.rssMb, Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024));
    await sleep(LOOK_EVERY_MS);
  }
}

async function drained(bot: Bot): Promise<void> {
  for (const deadline = performance.now() + DRAIN_MAX_MS; performance.now() < deadline; await sleep(200)) {
    const metrics = await fetch(`${bot.url}/metrics`).then(
      (answer) => answer.text(),
      () => '',
    );
    if (/^tagback_inbox_deliveries 0$/m.test(metrics)) return;
  }
}

/** The pinned card of the storm, when it names what has to be on top. */
async function cardOf(stage: Stage, critical: string): Promise<string> {
  let text = '';
  for (const deadline = performance.now() + CARD_MAX_MS; performance.now() < deadline; await sleep(200)) {
    const storm = [...stage.slack.world.channels.values()].find(({ name }) => name.includes('alert-storm'));
    const card = storm?.messages.find(({ ts }) => ts === storm.pins[0]?.ts);
    text = card ? textOf(card) : '';
    if (card && text.includes(critical)) {
      // Edits of the last moments are on their way.
      await sleep(2_000);
      return textOf(card);
    }
  }
  return text;
}

interface End {
  readonly stage: Stage;
  readonly seed: number;
  readonly tally: Tally;
  readonly card: string;
  readonly critical: string;
  readonly sent: readonly Sent[];
}

function report({ stage, seed, tally, card, critical, sent }: End): void {
  const created = [...stage.slack.world.channels.values()].flatMap(({ name, created }) => (name.startsWith('inc-') ? [created] : [])).sort((a, b) => a - b);
  const aMinute = Math.max(0, ...created.map((from) => created.filter((at) => at >= from && at < from + 60).length));
  const stored = floodFindings(stage.env.DATABASE_URL ?? '', sent);
  const named = card.match(/svc-\d\d/g) ?? [];
  const missing = stored.stormServices.filter((name) => !card.includes(name));
  const wrong = [
    ...stored.findings,
    ...(aMinute > LIMITS.channelsAMinute ? [`${aMinute} channels opened within a minute`] : []),
    ...(tally.rssMb >= LIMITS.rssMb ? [`${tally.rssMb} MB of memory`] : []),
    ...(tally.worstHealthMs >= LIMITS.healthMs ? [`/healthz took ${Math.round(tally.worstHealthMs)} ms`] : []),
    ...(named[0] === critical ? [] : [`${critical} is critical, and ${named[0] ?? 'nothing'} is on top of the card`]),
    ...(missing.length > 0 ? [`the card does not name ${missing.join(', ')}`] : []),
  ];
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  for (const finding of wrong.slice(0, 20)) say(`WRONG  ${finding}`);
  say(`healthz at most ${Math.round(tally.worstHealthMs)} ms · refused and sent again ${tally.refused} · ${aMinute} channels in the fullest minute`);
  const accepted = sent.reduce((sum, one) => sum + one.accepted, 0);
  const numbers = { seed, accepted, lost: stored.lost, incidents: stored.incidents, channels: created.length };
  const fields = { ...numbers, worstAckMs: Math.round(tally.worstAckMs), rssMb: tally.rssMb };
  say(
    `flood ${Object.entries(fields)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}`,
  );
  process.exitCode = wrong.length === 0 && stored.lost === 0 ? 0 : 1;
}
