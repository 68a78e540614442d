/** P5: how fast signed slash commands, buttons and forms are acknowledged. Beside it: a bare Bolt app whose acks are empty. */
import { clickPayload, commandPayload, submissionPayload } from '../src/sandbox/slack/payloads.ts';
import { addMessage } from '../src/sandbox/slack/state.ts';
import type { View } from '../src/sandbox/slack/world.ts';
import { textForm } from '../src/slack/forms.ts';
import { type Child, canPin, freePort, node, PROGRAM, start } from './child.ts';
import type { Load, Loaded } from './load.ts';
import { type Line, ms, type Row } from './row.ts';
import { median, notes, wideSpread } from './stats.ts';
import { openWorld, SECRETS, type World } from './world.ts';

const CONNECTIONS = 16;
const WARM_UP_MS = 2_000;
const ROUND_MS = 900;
const ROUNDS = 5;
const SERVER_CORE = 0;
const LOAD_CORE = 1;
/** The varying part of a body; stands where Slack puts an id that is never the same. */
const MARK = 'ONCEONLY';

export const acks: Row = {
  ids: ['P5'],
  async run(ask) {
    const world = await openWorld();
    const floorPort = await freePort();
    const ours = start(PROGRAM, { env: world.env, core: SERVER_CORE });
    const floor = start(node('bench/floor/bolt.mjs', SECRETS.signing, String(floorPort)), { core: SERVER_CORE });
    const load = start(node('bench/load.ts'), { core: LOAD_CORE, talks: true });
    try {
      await Promise.all([ours.said('tagback is up'), floor.said('listening')]);
      if (!canPin()) ask.tell('no taskset here: server and load share the cores as the system likes');
      const ports = { ours: Number(new URL(world.url).port), floor: floorPort };
      const lines: Line[] = [];
      for (const delivery of deliveries(world)) lines.push(...(await compare(load, ports, delivery)));
      return lines;
    } finally {
      await Promise.all([ours.end(), floor.kill(), load.kill()]);
      await world.close();
    }
  },
};

type Delivery = Pick<Load, 'contentType' | 'body'> & { readonly name: string };

/**
 * In Slack's own shapes, made by the sandbox, and such that nothing remains to be done after the ack: help without a place or a person to say it to, a
 * button that only opens a link, a form with a field missing. What an answer costs is P3's and P4's matter.
 */
export function deliveries({ slack }: World): readonly Delivery[] {
  const sender = { world: slack.world, origin: slack.origin, user: 'U0ADA' };
  const channel = slack.world.channels.get(slack.channelId('general'));
  if (!channel) throw new Error('the sandbox has no #general');
  const { response_url: _, channel_id: __, user_id: ___, ...slash } = commandPayload(sender, channel, { command: '/incident', text: 'help' }).payload;
  const text = 'checkout-api: 24 % of requests fail since 09:41, sev2, called: ada, lin. '.repeat(6);
  const blocks = [{ type: 'section', block_id: 'b1', text: { type: 'mrkdwn', text } }];
  const message = addMessage(slack.world, channel, { bot_id: slack.world.bot.botId, text: 'An incident', blocks });
  const action = { type: 'button', action_id: 'open', block_id: 'b2', text: { type: 'plain_text', text: 'Dashboard' }, action_ts: MARK };
  const button = clickPayload(sender, channel, { message, action });
  const view = {
    ...textForm('note', { incident: 'INC-1' }),
    id: 'V1',
    hash: MARK,
    state: { values: { text: { value: { type: 'plain_text_input', value: null } } } },
  };
  const modal = submissionPayload(sender, view as unknown as View); // the fields of a view that reach the app; the sandbox adds the rest
  return [
    { name: 'slash command', ...form({ ...slash, trigger_id: MARK } as Record<string, string>) }, // a command's fields are all strings
    { name: 'button', ...form({ payload: JSON.stringify(button) }) },
    { name: 'form', ...form({ payload: JSON.stringify(modal) }) },
  ];
}

function form(fields: Readonly<Record<string, string>>): Pick<Load, 'contentType' | 'body'> {
  const text = new URLSearchParams(fields).toString();
  const at = text.indexOf(MARK);
  if (at === -1) throw new Error('the delivery has no part that varies');
  return { contentType: 'application/x-www-form-urlencoded', body: [text.slice(0, at), text.slice(at + MARK.length)] };
}

interface Round {
  readonly ours: Loaded;
  readonly floor: Loaded;
}

async function compare(load: Child, ports: { ours: number; floor: number }, delivery: Delivery): Promise<readonly Line[]> {
  const run = async (side: 'ours' | 'floor', forMs: number): Promise<Loaded> => {
    const { contentType, body } = delivery;
    const heard = load.heard();
    load.send({ port: ports[side], secret: SECRETS.signing, connections: CONNECTIONS, forMs, contentType, body } satisfies Load);
    const loaded = (await heard) as Loaded; // what load.ts sends for a Load
    if (loaded.wrong.length > 0) throw new Error(`${delivery.name}, ${side}: ${loaded.wrong.join(', ')}`);
    return loaded;
  };
  await run('ours', WARM_UP_MS);
  await run('floor', WARM_UP_MS);
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push({ floor: await run('floor', ROUND_MS), ours: await run('ours', ROUND_MS) });
  return [rateLine(delivery.name, rounds), tailLine(delivery.name, rounds)];
}

/** The ratio is the median of the rounds' ratios: both sides of a round met the same machine. */
function rateLine(name: string, rounds: readonly Round[]): Line {
  const ratios = rounds.map(({ ours, floor }) => ours.perSecond / floor.perSecond);
  const rate = (side: keyof Round): string => `${(median(rounds.map((round) => round[side].perSecond)) / 1000).toFixed(1)} k/s`;
  return {
    id: 'P5',
    what: `${name}: acks per second`,
    ours: rate('ours'),
    floor: rate('floor'),
    ratio: median(ratios),
    goal: '≥ 0.8 ×',
    ok: median(ratios) >= 0.8,
    note: notes(wideSpread(ratios)),
  };
}

function tailLine(name: string, rounds: readonly Round[]): Line {
  const ratios = rounds.map(({ ours, floor }) => ours.p99Ms / floor.p99Ms);
  const tail = (side: keyof Round): string => ms(median(rounds.map((round) => round[side].p99Ms)));
  return {
    id: 'P5',
    what: `${name}: p99 of an ack`,
    ours: tail('ours'),
    floor: tail('floor'),
    ratio: median(ratios),
    goal: '≤ 1.4 ×',
    ok: median(ratios) <= 1.4,
    note: notes(wideSpread(ratios)),
  };
}
