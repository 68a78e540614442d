/** Shortcuts and events: pins into the timeline, App Home, mentions, people who join late. */
import type { Evidence, Incident } from '../core/model.ts';
import { Failure } from '../lib/failure.ts';
import { redactText } from '../lib/redact.ts';
import { escapeText } from './escape.ts';
import { declareForm, reportForm } from './forms.ts';
import { helpText } from './grammar.ts';
import { type Desk, type Visit, visitOf } from './listen-desk.ts';
import { onChat } from './listen-evidence.ts';
import { record, string } from './loose.ts';
import type { SlackMessage } from './talk.ts';
import { messageOf } from './talk-messages.ts';
import { asTyped } from './typed.ts';
import { home } from './view-home.ts';
import { catchup } from './view-story.ts';

/** Who comes in the first minutes was called and sees everything happen; later ones get a summary. */
const LATE_AFTER_MS = 5 * 60_000;
const NOTE_MAX_CHARS = 2900;
const PINS: ReadonlySet<string> = new Set(['pushpin', 'round_pushpin']);

export function onShortcut(desk: Desk, body: unknown): void {
  const { callback_id, trigger_id, message, channel } = record(body);
  const id = string(callback_id);
  const visit = visitOf(body, `shortcut:${string(trigger_id)}`);
  desk.serve(visit, id, async () => {
    switch (id) {
      case 'report_problem':
        return void (await desk.open(visit, reportForm(desk.engine.services())));
      case 'declare_incident':
        return void (await desk.open(visit, declareForm(desk.engine.services())));
      case 'add_to_timeline':
        return pin(desk, visit, { channel: string(record(channel).id), message: messageOf(record(message)) });
      default:
        throw new Failure('E_CONTEXT', 'I do not know this shortcut (any more); nothing was done', { hint: 'Use /incident help' });
    }
  });
}

/** Events are acked by Bolt before this runs. */
export function onEvent(desk: Desk, body: unknown): void {
  const envelope = record(body);
  const event = record(envelope.event);
  const once = `event:${string(envelope.event_id)}`;
  const base = visitOf({ ...envelope, user_id: string(event.user) }, once);
  // A message_changed of our own post has no user at the top: ours must not come back as news.
  if (base.user === '' || event.bot_id !== undefined || record(event.message).bot_id !== undefined) return;
  const there = { ...base, channel: string(event.channel) || undefined };
  switch (event.type) {
    case 'app_home_opened':
      if (event.tab === undefined || event.tab === 'home')
        quietly(desk, base, 'app_home_opened', async () => desk.talk.publishHome(base.user, home(await desk.engine.openIncidents())));
      break;
    case 'reaction_added':
      reaction(desk, base, event);
      break;
    case 'app_mention':
      desk.serve(there, 'app_mention', () => desk.answer(there, escapeText(helpText(undefined))));
      break;
    case 'message':
      quietly(desk, base, 'message', () => onChat(desk, there, event));
      break;
    case 'member_joined_channel':
      quietly(desk, base, 'member_joined_channel', () => welcome(desk, there));
      break;
  }
}

/** Nobody asked for anything: a failure is for the log, not for a person. */
function quietly(desk: Desk, visit: Visit, what: string, job: () => Promise<void>): void {
  desk.serve({ ...visit, channel: undefined, responseUrl: undefined, viewId: undefined, quiet: true }, what, async () => {
    // Bolt drops what we did ourselves, but only once it knows who we are.
    if (visit.user !== (await desk.talk.known()).botUserId) await job();
  });
}

function reaction(desk: Desk, visit: Visit, event: Readonly<Record<string, unknown>>): void {
  const item = record(event.item);
  const channel = string(item.channel);
  const ts = string(item.ts);
  if (!PINS.has(string(event.reaction)) || channel === '' || ts === '') return;
  quietly(desk, visit, 'reaction_added', async () => {
    if (!(await desk.engine.incidentByChannel(channel))) return;
    const message = await desk.talk.message(channel, ts);
    if (message) await pin(desk, { ...visit, channel: undefined }, { channel, message });
  });
}

/** One message into the timeline, with the time it was written; twice pinned is once kept. */
async function pin(desk: Desk, visit: Visit, { channel, message }: { channel: string; message: SlackMessage }): Promise<void> {
  const incident = await desk.incident({ ...visit, channel }, undefined);
  const by = await desk.person(visit, incident, 'note');
  const at = Math.round(Number(message.ts) * 1000);
  const permalink = await desk.talk.permalink(channel, message.ts);
  const text = redactText(asTyped(message.text)).slice(0, NOTE_MAX_CHARS) || 'a message without words';
  const files = pictures(message, by.name, Number.isFinite(at) ? at : desk.clock.now());
  const command = { kind: 'note', text, permalink, at: Number.isFinite(at) ? at : undefined, ...(files.length > 0 && { files }) } as const;
  const reply = await desk.engine.command(incident.id, by, command, `pin:${channel}:${message.ts}`);
  if (visit.responseUrl !== undefined || !reply.ok) await desk.answer({ ...visit, channel }, escapeText(reply.text));
}

function pictures(message: SlackMessage, by: string, at: number): Evidence[] {
  return message.files
    .filter(({ id, mimetype }) => id !== '' && mimetype.startsWith('image/'))
    .map(({ id, name, permalink }) => ({ kind: 'screenshot', fileId: id, name: name.slice(0, 120) || 'picture', permalink, by, at }));
}

async function welcome(desk: Desk, visit: Visit): Promise<void> {
  const incident: Incident | undefined = visit.channel === undefined ? undefined : await desk.engine.incidentByChannel(visit.channel);
  if (!incident || incident.phase === 'resolved' || desk.clock.now() - incident.openedAt < LATE_AFTER_MS) return;
  const message = catchup(incident, await desk.engine.timeline(incident.id));
  await desk.answer(visit, message.text, message.blocks);
}
