import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../free-port.ts';
import { healthz, within } from './ask.ts';
import { LOAD_SERVICES_YML, SERVICES, startLoad } from './load.ts';
import { realBot, startBot } from './process.ts';
import { seeded } from './random.ts';
import { openShortWorld } from './short-world.ts';
import { compareStored } from './stored-alerts.ts';

const LIVES = 3;
/** So that a stop meets work under way, however slow the machine is. */
const ALERTS_A_LIFE = 100;
const random = seeded();

test(`SIGTERM under load: exit 0 within 10 s, and no acknowledged alert is lost (seed ${random.seed})`, { timeout: 120_000 }, async () => {
  const stage = await openShortWorld({ services: LOAD_SERVICES_YML });
  onTestFinished(() => stage.close());
  const options = { entry: realBot(), env: stage.env, port: await freePort(), dir: stage.dir };
  const load = startLoad({
    url: `http://127.0.0.1:${options.port}`,
    token: stage.env.WEBHOOK_TOKEN ?? '',
    services: SERVICES,
    random,
    senders: 6,
    pauseMs: 5,
    alertsPerService: 25,
  });
  for (let life = 0; life < LIVES; life++) {
    const bot = startBot(options);
    await bot.up;
    const before = load.acknowledged();
    await within(20_000, 'load', () => (load.acknowledged() - before >= ALERTS_A_LIFE ? true : undefined));
    await sleep(random.whole(0, 1_000));
    const begin = performance.now();
    bot.signal('SIGTERM');
    expect(await bot.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - begin).toBeLessThan(10_000);
  }
  await load.stop();
  // What was accepted and not read yet stays in the inbox over a restart.
  const last = startBot(options);
  await within(20_000, 'an empty inbox', async () => {
    const metrics = await fetch(`${last.url}/metrics`).then(
      (answer) => answer.text(),
      () => '',
    );
    return /^tagback_inbox_deliveries 0$/m.test(metrics) ? true : undefined;
  });
  last.signal('SIGTERM');
  await last.exited;
  const { findings } = compareStored(stage.env.DATABASE_URL ?? '', load);
  expect(findings).toEqual([]);
  expect(load.acknowledged()).toBeGreaterThanOrEqual(LIVES * ALERTS_A_LIFE);
});

test('a second start on the same database is refused with a clear sentence and 70, and the first one goes on', { timeout: 60_000 }, async () => {
  const stage = await openShortWorld();
  onTestFinished(() => stage.close());
  const first = startBot({ entry: realBot(), env: stage.env, port: await freePort(), dir: stage.dir });
  await first.up;
  const second = startBot({ entry: realBot(), env: stage.env, port: await freePort(), dir: stage.dir });
  expect(await second.exited).toEqual({ code: 70, signal: null });
  expect(second.stderr()).toMatch(/E_STORE: .*tagback\.db is in use by another process; nothing was changed/);
  expect(second.stderr()).toMatch(/stop the other Tagback/);
  expect(await healthz(first.url)).toBe(200);
  first.signal('SIGTERM');
  expect(await first.exited).toEqual({ code: 0, signal: null });
});
