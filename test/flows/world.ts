/**
 * The whole program against the sandbox, in one process, by a clock the test moves. People do things, time passes, and the test reads what
 * everybody else could read: Slack's channels, GitHub's effects, the timeline. Every world is closed after its test and held against the
 * vendors' contracts (contracts.ts).
 */
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/lib/log.ts';
import type { Alerting, AlertRule } from '../../src/sandbox/shop/alerting.ts';
import { openStage, type Stage, type StageOptions } from '../../src/sandbox/stage.ts';
import { buildProgram, type Program, type ProgramOptions } from '../../src/wire.ts';
import { type Calm, settle } from './calm.ts';
import { type HandClock, handClock } from './clock.ts';
import { expectContracts } from './contracts.ts';
import { type Eyes, openEyes } from './eyes.ts';
import { type Persona, persona } from './people.ts';

export interface WorldOptions extends Omit<StageOptions, 'clock'> {
  /** The rule that watches the shop; `off` (the default): alerts fire and clear by hand. */
  readonly rule?: Partial<AlertRule> | 'off';
  readonly program?: Omit<ProgramOptions, 'clock' | 'log'>;
  /** Log lines of level error that belong to the story. */
  readonly errors?: RegExp;
}

export interface World extends Eyes {
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
  /** An alert fires by hand; then the incident's channel and card are there. */
  alertFires(over?: Parameters<Alerting['fire']>[0]): Promise<void>;
  /** Everything the program logged, one JSON text per line. */
  logged(): string;
  /** The program ends as on SIGTERM; the rest of the world stays to be looked at. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

const NEVER: AlertRule = { threshold: 0.99, forMs: 0, everyMs: 365 * 86_400_000 };

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
  const isSocket = typeof options.slack?.mode !== 'object';
  if (!isSocket) stage.slack.sendTo(`${url}/slack/events`);
  const alerting = stage.alerting(url, options.rule === undefined || options.rule === 'off' ? NEVER : { everyMs: 1_000, ...options.rule });
  const calm: Calm = {
    stirs: () => clock.stirs + stage.slack.requests.length + stage.github.requests.length + lines.length,
    settled: [stage.slack.settled, alerting.settled],
    idle: [program.idle],
  };
  const world = assemble({ stage, program, clock, url, alerting, lines, calm, errors: options.errors });
  onTestFinished(world.close);
  // Connecting is real: nobody's clock makes a socket come up.
  for (let tries = 0; isSocket && stage.slack.sockets === 0; tries += 1) {
    if (tries > 2_000) throw new Error(`the program did not connect to Slack\n${lines.join('')}`);
    await wait(5);
  }
  await world.settle();
  return world;
}

interface Parts extends Pick<World, 'stage' | 'program' | 'clock' | 'url' | 'alerting'> {
  readonly lines: readonly string[];
  readonly calm: Calm;
  readonly errors: RegExp | undefined;
}

function assemble({ lines, calm, errors, ...parts }: Parts): World {
  const { stage, program, clock, alerting } = parts;
  const still = (): Promise<void> => settle(calm);
  const eyes = openEyes({ stage, program, clock, still });
  const as = (userId: string): Persona => persona({ slack: stage.slack, settle: still, until: eyes.until, channels: eyes.channels }, userId);
  const stop = once(async () => {
    await still();
    alerting.close();
    await program.stop(2_000);
  });
  return {
    ...parts,
    ...eyes,
    ada: as('U0ADA'),
    grace: as('U0GRACE'),
    lin: as('U0LIN'),
    gus: as('U0GUS'),
    as,
    settle: still,
    async alertFires(over) {
      const { outcome, because } = await alerting.fire(over);
      expect(outcome, because).toBe('delivered');
      await still();
    },
    logged: () => lines.join(''),
    stop,
    close: once(async () => {
      await stop();
      await stage.close();
      expectContracts(stage);
      // ERROR means "wake someone"; nobody needs to be woken for these stories.
      const alarms = lines.filter((line) => /"level":"(error|fatal)"/.test(line) && !errors?.test(line));
      expect(alarms, 'errors in the log').toEqual([]);
    }),
  };
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
