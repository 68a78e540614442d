/** What everybody in the world could see, and time, which passes only when somebody waits for something. */
import type { Incident, TimelineEvent } from '../../src/core/model.ts';
import { textOf } from '../../src/sandbox/demo/reader.ts';
import type { Effect } from '../../src/sandbox/github/world.ts';
import type { Channel, Message } from '../../src/sandbox/slack/world.ts';
import type { Stage } from '../../src/sandbox/stage.ts';
import type { Program } from '../../src/wire.ts';
import type { HandClock } from './clock.ts';

export interface Eyes extends Time {
  readonly channels: () => readonly Channel[];
  /** The channel of an incident (INC-1 unless told); fails when there is none. */
  channel(incident?: string): Channel;
  /** The newest message of the incident's channel that says this. */
  message(saying: RegExp, incident?: string): Message | undefined;
  /** All its words; fails when there is no such message. */
  says(saying: RegExp, incident?: string): string;
  /** The pinned card. */
  card(incident?: string): string;
  incident(id?: string): Promise<Incident>;
  timeline(id?: string): Promise<readonly TimelineEvent[]>;
  /** Kinds of the timeline, in order. */
  kinds(id?: string): Promise<readonly string[]>;
  /** Deploys somebody ordered from GitHub, oldest first. */
  dispatches(): readonly Effect[];
}

export interface Time {
  /** Time passes, and whatever is due meanwhile happens at its moment. */
  pass(ms: number): Promise<void>;
  /** Time passes until it is there; fails with a look around when it does not come (within two minutes unless told). */
  until<T>(what: string, look: () => Seen<T> | Promise<Seen<T>>, withinMs?: number): Promise<T>;
}
type Seen<T> = T | undefined | false;

export interface Place {
  readonly stage: Stage;
  readonly program: Program;
  readonly clock: HandClock;
  still(): Promise<void>;
}

const PATIENCE_MS = 120_000;

export function openEyes(place: Place): Eyes {
  const { stage, program } = place;
  const channels = (): readonly Channel[] => [...stage.slack.world.channels.values()];
  const around = (): string => channels().map(lookAround).join('\n');
  const found = <T>(what: string, thing: T | undefined): T => {
    if (thing === undefined) throw new Error(`there is no ${what}\n${around()}`);
    return thing;
  };
  const channelOf = (id: string): Channel | undefined => channels().find(({ name }) => name === id.toLowerCase() || name.startsWith(`${id.toLowerCase()}-`));
  const message: Eyes['message'] = (saying, id = 'INC-1') => channelOf(id)?.messages.findLast((one) => one.subtype === undefined && saying.test(textOf(one)));
  return {
    ...timeOf(place, around),
    channels,
    message,
    channel: (id = 'INC-1') => found(`channel of ${id}`, channelOf(id)),
    says: (saying, id) => textOf(found(`message ${saying}`, message(saying, id))),
    card(id = 'INC-1') {
      const channel = channelOf(id);
      return textOf(
        found(
          `card of ${id}`,
          channel?.messages.find(({ ts }) => ts === channel.pins[0]?.ts),
        ),
      );
    },
    incident: async (id = 'INC-1') => found(id, await program.port.incident(id)),
    timeline: (id = 'INC-1') => program.port.timeline(id),
    kinds: async (id = 'INC-1') => (await program.port.timeline(id)).map(({ kind }) => kind),
    dispatches: () => stage.github.effects.filter(({ kind }) => kind === 'dispatch'),
  };
}

function timeOf({ clock, still }: Place, around: () => string): Time {
  return {
    async pass(ms) {
      const end = clock.now() + ms;
      await still();
      for (let next = clock.next(); next !== undefined && next <= end; next = clock.next()) {
        clock.moveTo(next);
        await still();
      }
      clock.moveTo(end);
      await still();
    },
    async until(what, look, withinMs = PATIENCE_MS) {
      const deadline = clock.now() + withinMs;
      for (;;) {
        await still();
        const seen = await look();
        if (seen !== undefined && seen !== false) return seen;
        const next = clock.next();
        if (next === undefined || next > deadline) throw new Error(`${what} did not come within ${withinMs / 1000} s\n${around()}`);
        clock.moveTo(next);
      }
    },
  };
}

const lookAround = ({ name, messages }: Channel): string =>
  `#${name}\n${messages.map((one) => `  ${textOf(one).replaceAll('\n', ' / ').slice(0, 300)}\n`).join('')}`;
