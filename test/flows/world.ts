/**
 * The whole program against the sandbox, in one process, by a clock the test moves. People do things, time passes, and the test reads what
 * everybody else could read: Slack's channels, GitHub's effects, the timeline. Every world is closed after its test and held against the
 * vendors' contracts (contracts.ts).
 */
import { afterEach, expect } from 'vitest';
import { readConfig } from '../../src/config.ts';
import type { Incident, TimelineEvent } from '../../src/core/model.ts';
import { createLog } from '../../src/lib/log.ts';
import { textOf } from '../../src/sandbox/demo/reader.ts';
import type { Effect } from '../../src/sandbox/github/world.ts';
import type { Alerting, AlertRule } from '../../src/sandbox/shop/alerting.ts';
import type { Channel, Message } from '../../src/sandbox/slack/world.ts';
import { openStage, type Stage, type StageOptions } from '../../src/sandbox/stage.ts';
import { buildProgram, type Program, type ProgramOptions } from '../../src/wire.ts';
import { settle } from './calm.ts';
import { type HandClock, handClock } from './clock.ts';
import { expectContracts } from './contracts.ts';
import { type Persona, persona } from './people.ts';

export interface WorldOptions extends Omit<StageOptions, 'clock'> {
  /** The rule that watches the shop; `off` (the default): alerts fire and clear by hand. */
  readonly rule?: Partial<AlertRule> | 'off';
  readonly program?: Omit<ProgramOptions, 'clock' | 'log'>;
  /** Log lines of level error that belong to the story. */
  readonly errors?: RegExp;
}

export interface World {
  readonly stage: Stage;
  readonly program: Program;
  readonly clock: HandClock;
  readonly url: string;
  readonly alerting: Alerting;
  /** On call. */
  readonly ada: Persona;
  /** May approve. */
  readonly grace: Persona;
  /** On call, and may approve. */
  readonly lin: Persona;
  /** A guest. */
  readonly gus: Persona;
  as(userId: string): Persona;
  /** Until nobody is at work; no time passes. */
  settle(): Promise<void>;
  /** Time passes, and whatever is due meanwhile happens at its moment. */
  pass(ms: number): Promise<void>;
  /** Time passes until it is there; fails with a look around when it does not come (within two minutes unless told). */
  until<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>, withinMs?: number): Promise<T>;
  /** An alert fires by hand; then the incident's channel and card are there. */
  alertFires(over?: Parameters<Alerting['fire']>[0]): Promise<void>;
  /** The channel of an incident; fails when there is none. */
  channel(incident?: string): Channel;
  channels(): readonly Channel[];
  /** The newest message of the incident's channel that says this. */
  message(saying: RegExp, incident?: string): Message | undefined;
  /** What the message says that has this beginning or word; fails when there is none. */
  says(saying: RegExp, incident?: string): string;
  /** The pinned card. */
  card(incident?: string): string;
  incident(id?: string): Promise<Incident>;
  timeline(id?: string): Promise<readonly TimelineEvent[]>;
  /** Kinds of the timeline, in order. */
  kinds(id?: string): Promise<readonly string[]>;
  /** Deploys somebody ordered from GitHub, oldest first. */
  dispatches(): readonly Effect[];
  /** Everything the program logged, one JSON text per line. */
  logged(): string;
  /** The program ends as on SIGTERM; the rest of the world stays to be looked at. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

const PATIENCE_MS = 120_000;
const NEVER: AlertRule = { threshold: 0.99, forMs: 0, everyMs: 365 * 86_400_000 };

const opened: World[] = [];
afterEach(async () => {
  for (const world of opened.splice(0)) await world.close();
});

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const clock = handClock();
  const stage = await openStage({ ...options, clock });
  const lines: string[] = [];
  const program = await build(stage, {
    ...options.program,
    clock,
    log: createLog({ level: 'debug', destination: { write: (line) => void lines.push(line) } }),
  });
  const { url } = await program.start();
  if (typeof options.slack?.mode === 'object') stage.slack.sendTo(`${url}/slack/events`);
  const alerting = stage.alerting(url, options.rule === undefined || options.rule === 'off' ? NEVER : { everyMs: 1_000, ...options.rule });
  const still = (): Promise<void> =>
    settle({
      stirs: () => clock.stirs + stage.slack.requests.length + stage.github.requests.length + lines.length,
      settled: [stage.slack.settled, alerting.settled],
      idle: [program.idle],
    });
  const eyes = look({ stage, program, still, clock });
  const room = { slack: stage.slack, settle: still, until: eyes.until, channels: eyes.channels };
  const world: World = {
    stage,
    program,
    clock,
    url,
    alerting,
    ada: persona(room, 'U0ADA'),
    grace: persona(room, 'U0GRACE'),
    lin: persona(room, 'U0LIN'),
    gus: persona(room, 'U0GUS'),
    as: (userId) => persona(room, userId),
    settle: still,
    ...eyes,
    async alertFires(over) {
      const { outcome, because } = await alerting.fire(over);
      expect(outcome, because).toBe('delivered');
      await still();
    },
    logged: () => lines.join(''),
    stop: once(async () => {
      await still();
      alerting.close();
      await program.stop(2_000);
    }),
    close: () => close(world, lines, options.errors),
  };
  opened.push(world);
  // Connecting is real: nobody's clock makes a socket come up.
  for (let tries = 0; (stage.slack.sockets === 0 && typeof options.slack?.mode !== 'object') || tries < 2; tries += 1) {
    if (tries > 500) throw new Error(`the program did not connect to Slack\n${lines.join('')}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await still();
  return world;
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= act();
    return done;
  };
}

async function build(stage: Stage, options: ProgramOptions): Promise<Program> {
  const read = readConfig(stage.env);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return buildProgram({ ...read.config, port: 0 }, options);
}

type Eyes = Pick<World, 'pass' | 'until' | 'channel' | 'channels' | 'message' | 'says' | 'card' | 'incident' | 'timeline' | 'kinds' | 'dispatches'>;

function look({ stage, program, still, clock }: { stage: Stage; program: Program; still: () => Promise<void>; clock: HandClock }): Eyes {
  const channels = (): readonly Channel[] => [...stage.slack.world.channels.values()];
  const channelOf = (id: string): Channel | undefined => channels().find(({ name }) => name === id.toLowerCase() || name.startsWith(`${id.toLowerCase()}-`));
  const message = (saying: RegExp, id = 'INC-1'): Message | undefined =>
    channelOf(id)?.messages.findLast((one) => one.subtype === undefined && saying.test(textOf(one)));
  const around = (): string =>
    channels()
      .filter(({ messages }) => messages.length > 0)
      .map(({ name, messages }) => `#${name}\n${messages.map((one) => `  ${textOf(one).replaceAll('\n', ' / ').slice(0, 300)}`).join('\n')}`)
      .join('\n');
  return {
    channels,
    message,
    async pass(ms) {
      const end = clock.now() + ms;
      for (let next: number | undefined = 0; next !== undefined; ) {
        await still();
        next = clock.next();
        if (next === undefined || next > end) break;
        clock.moveTo(next);
      }
      clock.moveTo(end);
      await still();
    },
    async until(what, looking, withinMs = PATIENCE_MS) {
      const deadline = clock.now() + withinMs;
      for (;;) {
        await still();
        const seen = await looking();
        if (seen !== undefined && seen !== false) return seen;
        const next = clock.next();
        if (next === undefined || next > deadline) throw new Error(`${what} did not come within ${withinMs / 1000} s.\n${around()}`);
        clock.moveTo(next);
      }
    },
    channel(id = 'INC-1') {
      const found = channelOf(id);
      if (!found) throw new Error(`${id} has no channel; there are: ${channels().map(({ name }) => name)}`);
      return found;
    },
    says(saying, id) {
      const found = message(saying, id);
      if (!found) throw new Error(`nobody said ${saying}\n${around()}`);
      return textOf(found);
    },
    card(id = 'INC-1') {
      const channel = channelOf(id);
      const pinned = channel?.messages.find(({ ts }) => ts === channel.pins[0]?.ts);
      if (!pinned) throw new Error(`${id} has no pinned card\n${around()}`);
      return textOf(pinned);
    },
    async incident(id = 'INC-1') {
      const found = await program.port.incident(id);
      if (!found) throw new Error(`there is no ${id}`);
      return found;
    },
    timeline: (id = 'INC-1') => program.port.timeline(id),
    kinds: async (id = 'INC-1') => (await program.port.timeline(id)).map(({ kind }) => kind),
    dispatches: () => stage.github.effects.filter(({ kind }) => kind === 'dispatch'),
  };
}

async function close(world: World, lines: readonly string[], allowed: RegExp | undefined): Promise<void> {
  if (opened.includes(world)) opened.splice(opened.indexOf(world), 1);
  const { stage } = world;
  await world.stop();
  await stage.close();
  expectContracts(stage);
  // ERROR means "wake someone"; nobody needs to be woken for these stories.
  const alarms = lines.filter((line) => /"level":"(error|fatal)"/.test(line) && !allowed?.test(line));
  expect(alarms, 'errors in the log').toEqual([]);
}
