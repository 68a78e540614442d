import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../free-port.ts';
import { healthz, within } from './ask.ts';
import { realBot, startBot } from './process.ts';
import { seeded } from './random.ts';
import { openShortWorld } from './short-world.ts';

const DROPS = 100;
const LONGEST_PAUSE_MS = 160;
/** The longest pause between two connections, and a little more. */
const BACK_MAX_MS = 12_000;
const random = seeded();

test(`Slack cuts lines ${DROPS} times in a row, also while one is being made, and the bot neither ends nor stays deaf (seed ${random.seed})`, {
  timeout: 90_000,
}, async ({ annotate }) => {
  // A line that is cut right when its address was given out races the reconnect of Slack's client (node-slack-sdk #2656).
  let cutNext = 0;
  let raced = 0;
  const stage = await openShortWorld({
    gate: async ({ call, moment }) => {
      if (call !== 'apps.connections.open' || moment !== 'after' || cutNext === 0) return 'go';
      cutNext -= 1;
      raced += 1;
      setTimeout(() => void stage.slack.dropSockets(), random.whole(0, 12));
      return 'go';
    },
  });
  onTestFinished(() => stage.close());
  const bot = startBot({ entry: realBot(), env: stage.env, port: await freePort(), dir: stage.dir });
  await bot.up;
  let lost = 0;
  for (let drop = 0; drop < DROPS; drop++) {
    await sleep(random.whole(0, LONGEST_PAUSE_MS));
    lost += stage.slack.sockets;
    if (drop % 3 === 0) cutNext += 1;
    else if (drop % 3 === 1) stage.slack.dropSockets();
    else {
      stage.slack.faults.down(true); // cuts every line without a word, and refuses new ones
      await sleep(random.whole(0, 30));
      stage.slack.faults.down(false);
    }
  }
  cutNext = 0;
  await within(BACK_MAX_MS, 'a socket', () => (stage.slack.sockets > 0 ? true : undefined));
  const acked = await stage.slack.as('U0ADA').slash('general', '/incident', 'help');
  const strays = bot.log.filter(({ msg }) => msg.startsWith('unhandled rejection'));
  await annotate(`${DROPS} drops, ${lost} open lines lost, ${raced} cut while being made, ${strays.length} stray rejections`);
  expect(acked.kind).toBe('acked');
  expect(strays).toEqual([]);
  // Between two lines the bot waits longer and longer; door-socket.test.ts moves the clock and loses a hundred.
  expect(lost + raced).toBeGreaterThanOrEqual(3);
  expect(await healthz(bot.url)).toBe(200);
  bot.signal('SIGTERM');
  expect(await bot.exited).toEqual({ code: 0, signal: null });
});
