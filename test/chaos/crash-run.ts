/** One incident from alert to postmortem in a bot that is killed on the way, and what was wrong at its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TimelineEvent } from '../../src/core/model.ts';
import type { Stage } from '../../src/sandbox/stage.ts';
import { freePort } from '../free-port.ts';
import { compareStories, duplicatesIn, leftoversIn, type Story, storyOf } from './end-state.ts';
import { playStubbornly } from './people.ts';
import { type Supervisor, shortBot, supervise } from './process.ts';
import { type Blow, createSeams, type Seams } from './seams.ts';
import { openShortWorld, watchShop } from './short-world.ts';

/** People, alerts and bot together need about 7 s undisturbed; a dispatch that is looked for after a crash 10 s more. */
const PATIENCE_MS = 60_000;
const CALM_MAX_MS = 60_000;

export interface CrashRun {
  readonly kills: number;
  readonly struck: readonly Blow[];
  readonly met: Seams['met'];
  readonly story: Story | undefined;
  /** Empty: everything is as it must be. */
  readonly findings: readonly string[];
  readonly tookMs: number;
}

export interface CrashPlan {
  readonly blows?: readonly Blow[];
  /** Kills at these moments after the bot was up, in ms. */
  readonly killAtMs?: readonly number[];
  /** The story of a run nobody disturbed; undefined: this is that run. */
  readonly clean?: Story;
  /** Called before the bot starts, e.g. to order faults. */
  readonly prepare?: (stage: Stage) => void;
  /** Called at each kill, before the next life. */
  readonly atKill?: (stage: Stage) => void;
}

export async function crashRun(plan: CrashPlan): Promise<CrashRun> {
  const begin = performance.now();
  let stage: Stage | undefined;
  let bot: Supervisor | undefined;
  const seams = createSeams(plan.blows ?? [], async () => {
    if (stage) plan.atKill?.(stage);
    await bot?.kill();
  });
  stage = await openShortWorld({ gate: seams.gate });
  seams.watch(stage.slack);
  plan.prepare?.(stage);
  bot = supervise({ entry: shortBot(), env: stage.env, port: await freePort(), dir: stage.dir });
  const alerting = watchShop(stage, bot.url);
  try {
    const { story, findings } = await live(stage, { bot, seams, plan });
    return { kills: bot.kills, struck: seams.struck, met: seams.met, story, findings, tookMs: performance.now() - begin };
  } finally {
    alerting.close();
    await seams.settled();
    await bot.stop();
    await stage.close();
  }
}

interface Life {
  readonly bot: Supervisor;
  readonly seams: Seams;
  readonly plan: CrashPlan;
}

async function live(stage: Stage, { bot, seams, plan }: Life): Promise<{ story: Story | undefined; findings: readonly string[] }> {
  const killers = (plan.killAtMs ?? []).map((ms) => sleep(ms).then(() => bot.kill()));
  try {
    const { repeated } = await playStubbornly(stage, PATIENCE_MS);
    await Promise.all(killers);
    await seams.settled();
    await calm(stage, bot);
    const { incidents, events } = await readApi(stage, bot);
    const story = storyOf(stage, events);
    const stopped = await bot.stop();
    const findings = [
      ...duplicatesIn(stage, incidents),
      ...(plan.clean ? compareStories(story, plan.clean, repeated.size > 0) : []),
      ...leftoversIn(stage.env.DATABASE_URL ?? ''),
      ...bot.strayExits.map((exit) => `the bot ended by itself: ${JSON.stringify(exit)}`),
      ...bot.alarms().map((line) => `the log rings: ${JSON.stringify(line).slice(0, 400)}`),
      ...(stopped.code === 0 ? [] : [`SIGTERM ended it with ${stopped.code}`]),
    ];
    return { story, findings };
  } catch (error) {
    const tail = bot
      .bot()
      .log.slice(-12)
      .map((line) => JSON.stringify(line).slice(0, 300));
    return { story: undefined, findings: [`${error instanceof Error ? error.message : String(error)}\n  ${tail.join('\n  ')}${bot.bot().stderr()}`] };
  }
}

/** The postmortem is written and no task is left. */
async function calm(stage: Stage, bot: Supervisor): Promise<void> {
  const deadline = performance.now() + CALM_MAX_MS;
  for (let left = 'unknown'; performance.now() < deadline; await sleep(50)) {
    const { events } = await readApi(stage, bot).catch(() => ({ events: [] }));
    const metrics = await fetch(`${bot.url}/metrics`).then(
      (answer) => answer.text(),
      () => '',
    );
    left = metrics.match(/^tagback_tasks (\d+)$/m)?.[1] ?? 'unknown';
    if (left === '0' && events.some(({ kind }) => kind === 'postmortemWritten')) return;
  }
}

async function readApi(stage: Stage, bot: Supervisor): Promise<{ incidents: readonly { id: string }[]; events: readonly TimelineEvent[] }> {
  const ask = async (path: string): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${bot.url}${path}`, { headers: { authorization: `Bearer ${stage.env.API_TOKEN}` } });
    return (await answer.json()) as Record<string, unknown>; // our own API's documented shape
  };
  const [list, one] = await Promise.all([ask('/api/incidents'), ask('/api/incidents/INC-1')]);
  return { incidents: (list.incidents ?? []) as { id: string }[], events: (one.events ?? []) as TimelineEvent[] }; // as above
}
