/** The whole Slack side against the mini Slack: talk, listener over a socket, the real core behind it, one open incident with its channel. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect } from 'vitest';
import { parse } from 'yaml';
import { realClock } from '../../src/lib/clock.ts';
import type { MiniSlack } from '../../src/sandbox/slack/mini-slack.ts';
import { startSlack } from '../../src/sandbox/slack/server.ts';
import type { Fields, Values, View } from '../../src/sandbox/slack/world.ts';
import { createSocketDoor } from '../../src/slack/door-socket.ts';
import { createListener, type Listener } from '../../src/slack/listen.ts';
import { createTalk, type Talk } from '../../src/slack/talk.ts';
import { render } from '../../src/slack/view.ts';
import { checkMessage, checkView, texts } from '../contracts/slack.ts';
import { type MemoryEngine, memoryEngine } from './memory-engine.ts';
import { silent } from './stage.ts';
import { ada } from './stories.ts';

const manifest = parse(readFileSync(new URL('../../app-manifest.yml', import.meta.url), 'utf8'));

export interface Town {
  readonly slack: MiniSlack;
  readonly talk: Talk;
  readonly engine: MemoryEngine;
  /** Id of the open incident. */
  readonly incident: string;
  /** The incident's channel. */
  readonly room: string;
  settled(): Promise<void>;
  /** Everything only this person has seen. */
  privately(user: string): string;
  /** Posts a slot as it is now; returns its ts. */
  show(slot: string): Promise<string>;
  views(): View[];
  /** Ends everything, and holds every message and view that was sent against Slack's own description. */
  end(): Promise<void>;
}

/** A new town for every test of the file; what is returned is always the one of the test that runs. */
export function everyTestHasATown(): Town {
  let here: Town;
  beforeEach(async () => {
    here = await startTown();
  });
  afterEach(() => here.end());
  return {
    get slack() {
      return here.slack;
    },
    get talk() {
      return here.talk;
    },
    get engine() {
      return here.engine;
    },
    get incident() {
      return here.incident;
    },
    get room() {
      return here.room;
    },
    settled: () => here.settled(),
    privately: (user) => here.privately(user),
    show: (slot) => here.show(slot),
    views: () => here.views(),
    end: () => here.end(),
  };
}

async function startTown(): Promise<Town> {
  const slack = await miniSlack();
  const talk = createTalk({ url: slack.url, token: 'xoxb-1', clock: realClock, log: silent, deadlineMs: 5_000 });
  const engine = memoryEngine();
  const listener = await listening(slack, talk, engine);
  const { incident } = await engine.openIncident({ title: 'checkout fails', service: 'checkout-api', severity: 'sev2', by: ada, evidence: [] }, 'start');
  const channel = await talk.createChannel({ name: 'inc-1-checkout', isPrivate: false });
  await talk.invite(channel.id, ['U0ADA', 'U0BOB', 'U0GUEST']);
  engine.feed(incident.id, { kind: 'channelOpened', channel });
  engine.opened.length = 0;
  return {
    slack,
    talk,
    engine,
    incident: incident.id,
    room: channel.id,
    async settled() {
      await slack.settled();
      await listener.idle();
      await slack.settled();
    },
    privately: (user) =>
      slack.world.ephemerals
        .filter((one) => one.user === user)
        .map(({ message }) => [message.text, ...texts(message.blocks ?? [])].join('\n'))
        .join('\n---\n'),
    async show(slot) {
      const message = render(engine.get(incident.id), slot, { links: {} });
      if (!message) throw new Error(`nothing in ${slot}`);
      return talk.post({ channel: channel.id, ...message, key: slot });
    },
    views: () => [...slack.world.views.values()].map(({ view }) => view),
    async end() {
      await listener.stop();
      await talk.close();
      await slack.close();
      checkSent(slack);
    },
  };
}

const miniSlack = (): Promise<MiniSlack> =>
  startSlack({
    clock: realClock,
    people: [
      { id: 'U0ADA', name: 'ada' },
      { id: 'U0BOB', name: 'bob' },
      { id: 'U0GUEST', name: 'gus', kind: 'single-channel-guest' },
      // Not in the incident's channel.
      { id: 'U0LIN', name: 'lin' },
      { id: 'U0EVE', name: 'eve', kind: 'multi-channel-guest' },
    ],
    groups: [{ id: 'S0SRE', handle: 'sre', members: ['U0BOB'] }],
    channels: ['general', 'lobby'],
    botIn: ['general'],
    botToken: 'xoxb-1',
    appToken: 'xapp-1',
    commands: ['/incident', '/inc', '/rollback'],
    shortcuts: ['report_problem', 'declare_incident'],
    messageShortcuts: ['add_to_timeline'],
    events: manifest.settings.event_subscriptions.bot_events,
    scopes: manifest.oauth_config.scopes.bot,
    limits: 'off',
    mode: 'socket',
  });

async function listening(slack: MiniSlack, talk: Talk, engine: MemoryEngine): Promise<Listener> {
  let up = (): void => {};
  const connected = new Promise<void>((resolve) => {
    up = resolve;
  });
  const receiver = createSocketDoor({ appToken: 'xapp-1', url: slack.url, clock: realClock, log: silent, onState: (state) => state === 'ok' && up() });
  const listener = createListener({ receiver, engine, talk, log: silent, clock: realClock });
  await listener.start();
  await connected;
  return listener;
}

function checkSent(slack: MiniSlack): void {
  for (const { args } of slack.requests) {
    if (Array.isArray(args.blocks)) expect(checkMessage(args.blocks)).toEqual([]);
    if (args.view) expect(checkView(args.view)).toEqual([]);
  }
  for (const { message } of slack.world.ephemerals) if (message.blocks) expect(checkMessage(message.blocks)).toEqual([]);
  // A message that Slack refused or shortened would be here too.
  expect(slack.world.mishaps).toEqual([]);
}

/** A state for every field by its block: all inputs of ours are called `value`, but the service that reloads the releases. */
export const fill = (fields: Record<string, Fields>): Values => Object.fromEntries(Object.entries(fields).map(([block, state]) => [block, { value: state }]));
