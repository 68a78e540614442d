import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../free-port.ts';
import { type Ledger, LOAD_SERVICES_YML, SERVICES, startLoad } from './load.ts';
import { type Supervisor, shortBot, supervise } from './process.ts';
import { seeded } from './random.ts';
import { openShortWorld } from './short-world.ts';
import { compareStored } from './stored-alerts.ts';

const KILLS = 60;
/** Every fourth kill falls at a random moment from the start of a life, all others from when it listens. */
const EARLY_EVERY = 4;
const LONGEST_START_MS = 1_000;
/** A life ends in the middle of its work: when it has answered so many more alerts, and at a random moment after that. */
const MOST_ANSWERED = 12;
const LONGEST_AFTER_MS = 60;
/** A bot that answers nothing for so long has another problem than being killed. */
const LONGEST_LIFE_MS = 3_000;
const DRAIN_MAX_MS = 20_000;
const random = seeded();

test(`no acknowledged alert is lost in ${KILLS} kill -9 under load (seed ${random.seed})`, { timeout: 600_000 }, async ({ annotate }) => {
  const stage = await openShortWorld({ services: LOAD_SERVICES_YML });
  onTestFinished(() => stage.close());
  const bot = supervise({ entry: shortBot(), env: stage.env, port: await freePort(), dir: stage.dir });
  onTestFinished(() => void bot.stop());
  const load = startLoad({
    url: bot.url,
    token: stage.env.WEBHOOK_TOKEN ?? '',
    services: SERVICES,
    random,
    senders: 6,
    pauseMs: 10,
    alertsPerService: 25,
  });
  onTestFinished(() => load.stop());
  for (let kill = 0; kill < KILLS; kill++) {
    const early = kill % EARLY_EVERY === 0;
    if (!early) await atWork(bot, load, random.whole(0, MOST_ANSWERED));
    await sleep(random.whole(0, early ? LONGEST_START_MS : LONGEST_AFTER_MS));
    await bot.kill();
  }
  await load.stop();
  await drained(bot);
  const { code } = await bot.stop();

  const stored = compareStored(stage.env.DATABASE_URL ?? '', load);
  const names = [...stage.slack.world.channels.values()].map(({ name }) => name).filter((name) => name.startsWith('inc-'));
  await annotate(
    `${bot.kills} kills, ${load.acknowledged()} alerts acknowledged (${load.alerts.size} different), ${stored.incidents} incidents, ${names.length} channels, answers ${JSON.stringify([...load.answers])}`,
  );
  expect(stored.findings).toEqual([]);
  expect(bot.kills).toBe(KILLS);
  expect(code).toBe(0);
  expect(bot.strayExits).toEqual([]);
  // Enough happened for the words above to mean something; beside other tests on two cores it is less than 45 lives × 5 alerts.
  expect(load.acknowledged()).toBeGreaterThan(50);
  expect(names.toSorted(), 'one channel for each incident').toHaveLength(stored.incidents);
});

async function atWork(bot: Supervisor, load: Ledger, answered: number): Promise<void> {
  await bot.bot().up;
  const enough = load.acknowledged() + answered;
  for (const deadline = performance.now() + LONGEST_LIFE_MS; load.acknowledged() < enough && performance.now() < deadline; ) await sleep(2);
}

async function drained(bot: Supervisor): Promise<void> {
  const deadline = performance.now() + DRAIN_MAX_MS;
  for (let left = ''; left !== '0' && performance.now() < deadline; await sleep(100)) {
    const metrics = await fetch(`${bot.url}/metrics`).then(
      (answer) => answer.text(),
      () => '',
    );
    left = metrics.match(/^tagback_inbox_deliveries (\d+)$/m)?.[1] ?? '';
  }
}
