/** Forms that were sent: checked at once (errors under the fields), done after the ack. */
import type { Incident } from '../core/model.ts';
import { redactText } from '../lib/redact.ts';
import { channelLink, type Escaped, md } from './escape.ts';
import { waitingView } from './forms.ts';
import { evidenceOf, type FormReading, type Found, readForm } from './forms-read.ts';
import { type Desk, replyText, type Visit, visitOf } from './listen-desk.ts';
import { sameAsShown } from './listen-plan.ts';
import { startRollback } from './listen-rollback.ts';
import { record, string } from './loose.ts';

/** What the ack of a form holds; undefined: an empty one, the form closes. */
export type FormAck =
  | { readonly response_action: 'errors'; readonly errors: Record<string, string> }
  | { readonly response_action: 'update'; readonly view: ReturnType<typeof waitingView> }
  | undefined;

/** Reads the form; the returned ack goes out before `after` runs. */
export function onView(desk: Desk, body: unknown): { ack: FormAck; after: () => void } {
  const view = record(record(body).view);
  const form = string(view.callback_id);
  const nothing = { ack: undefined, after: () => {} };
  if (form === 'waiting' || form === 'notice') return nothing;
  const reading = readForm(form, record(view.state).values, string(view.private_metadata));
  if (!reading.ok) return { ack: { response_action: 'errors', errors: inputsOnly(reading.errors, view) }, after: () => {} };
  // Without a channel the result is shown in the form itself, which stays open for it.
  const stays = !('aim' in reading) || reading.aim.incident === undefined;
  const from = visitOf(body, `view:${string(view.id)}:${string(view.hash)}:${string(record(record(body).user).id)}`.slice(0, 200));
  const visit = stays ? from : { ...from, viewId: undefined };
  const after = (): void => desk.serve(visit, form, () => submit(desk, visit, reading));
  return stays ? { ack: { response_action: 'update', view: waitingView('Tagback', {}) }, after } : { ack: undefined, after };
}

/** Slack takes errors only under blocks that are inputs of this view. */
function inputsOnly(errors: Readonly<Record<string, string>>, view: Readonly<Record<string, unknown>>): Record<string, string> {
  const inputs = Object.keys(record(record(view.state).values));
  const known = Object.entries(errors).filter(([block]) => inputs.includes(block));
  const first = inputs[0];
  if (known.length > 0 || first === undefined) return Object.fromEntries(known.length > 0 ? known : Object.entries(errors));
  return { [first]: Object.values(errors).join(' ') };
}

async function submit(desk: Desk, visit: Visit, reading: Extract<FormReading, { ok: true }>): Promise<void> {
  if (reading.kind === 'open') return openIncident(desk, visit, reading);
  if (reading.kind === 'rollback') {
    const incident = reading.aim.incident === undefined ? undefined : await desk.incident(visit, reading.aim.incident);
    const where = incident ? inChannelOf(visit, incident) : visit;
    return startRollback(desk, where, { incident, service: reading.service, tag: reading.tag, reason: redactText(reading.reason), step: reading.aim.step });
  }
  const incident = await desk.incident(visit, reading.aim.incident);
  const where = inChannelOf(visit, incident);
  // The form is closed by now: whatever goes wrong from here on is said where the person came from, or in the channel.
  desk.serve(where, reading.kind, () => carryOut(desk, where, { incident, reading }));
}

type InIncident = Extract<FormReading, { kind: 'command' | 'evidence' | 'role' }>;
async function carryOut(desk: Desk, where: Visit, { incident, reading }: { incident: Incident; reading: InIncident }): Promise<void> {
  if (reading.kind === 'command') {
    sameAsShown(incident, reading.aim);
    return void (await desk.command(where, incident, scrubbed(reading.command)));
  }
  const by = await desk.person(where, incident, undefined);
  if (reading.kind === 'evidence') {
    return void (await desk.command(where, incident, { kind: 'addEvidence', items: evidenceOf(scrubbedFound(reading.found), by, desk.clock.now()) }));
  }
  const to = await desk.talk.person(reading.slackId, []);
  await desk.command(where, incident, { kind: 'takeRole', role: reading.role, person: { slackId: to.slackId, name: to.name } });
}

async function openIncident(desk: Desk, visit: Visit, reading: Extract<FormReading, { kind: 'open' }>): Promise<void> {
  const by = await desk.person(visit, undefined, undefined);
  const { service, severity, title } = reading;
  const evidence = evidenceOf(scrubbedFound(reading.found), by, desk.clock.now());
  const { incident, reply } = await desk.engine.openIncident({ title: redactText(title), service, severity, by, evidence }, visit.once);
  await desk.answer(visit, openedText(incident, replyText(reply)));
}

/** What the engine said, and where to go if the channel is there already. */
export function openedText(incident: Incident, said: Escaped): Escaped {
  return incident.channel ? md`${said} Work happens in ${channelLink(incident.channel.id)}.` : said;
}

/** A form has no channel; the incident's own is where its people look. */
function inChannelOf(visit: Visit, incident: Incident): Visit {
  return { ...visit, channel: incident.channel?.id ?? visit.channel };
}

/** Pasted secrets are taken out before anything is stored. */
function scrubbedFound(found: Found): Found {
  const scrub = (words: readonly string[]): readonly string[] => words.map((word) => redactText(word));
  return { ...found, urls: scrub(found.urls), requests: scrub(found.requests), users: scrub(found.users), note: redactText(found.note) };
}

type ByForm = Extract<FormReading, { kind: 'command' }>['command'];
function scrubbed(command: ByForm): ByForm {
  switch (command.kind) {
    case 'note':
    case 'update':
      return { ...command, text: redactText(command.text) };
    case 'resolve':
      return { ...command, summary: redactText(command.summary) };
    case 'approveRollback':
      return command.reason === undefined ? command : { ...command, reason: redactText(command.reason) };
    case 'breakGlass':
    case 'undoRollback':
    case 'declineRollback':
    case 'skipStep':
    case 'reopen':
      return { ...command, reason: redactText(command.reason) };
    default:
      return command;
  }
}
