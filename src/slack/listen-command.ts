/** `/incident`: every word of the grammar, carried out after the ack. */
import type { Command, Incident } from '../core/model.ts';
import { redactText } from '../lib/redact.ts';
import { bold, code, type Escaped, escapeText, joined, md, mention } from './escape.ts';
import { declareForm, resolveForm, severityForm, textForm } from './forms.ts';
import { helpText, type IncidentWish, parseIncident } from './grammar.ts';
import { showNext } from './listen-action.ts';
import { isSilenceWish, onAlerts, onSilence } from './listen-alerts.ts';
import { type Desk, replyText, type Visit } from './listen-desk.ts';
import { openedText } from './listen-view.ts';
import { render } from './view.ts';
import { entry } from './view-home.ts';
import { button, section } from './view-parts.ts';
import { catchup, timeline } from './view-story.ts';

const PICKS_MAX = 5;

export async function onIncident(desk: Desk, visit: Visit, text: string): Promise<void> {
  const here = visit.channel === undefined ? undefined : await desk.engine.incidentByChannel(visit.channel);
  const parsed = parseIncident(text, { inIncident: here !== undefined, services: desk.engine.services().map(({ name }) => name) });
  if (!parsed.ok) {
    const answer = escapeText(`${parsed.text} (${parsed.code})`);
    return parsed.code === 'E_CONTEXT' ? offer(desk, visit, answer) : desk.answer(visit, answer);
  }
  const { wish } = parsed;
  if (wish.kind === 'help') return desk.answer(visit, help(wish.topic));
  if (wish.kind === 'new') return openNew(desk, visit, wish);
  if (isSilenceWish(wish)) return onSilence(desk, visit, wish);
  if (wish.kind === 'overview' && !here) return overview(desk, visit);
  const incident = parsed.incident === undefined && here ? here : await desk.incident(visit, parsed.incident);
  return carryOut(desk, visit, { wish, incident });
}

let wholeHelp: Escaped | undefined;
/** Commands as they are typed, then what they do. All of it is asked for most, and always the same. */
function help(topic: string | undefined): Escaped {
  if (topic !== undefined) return writtenHelp(topic);
  wholeHelp ??= writtenHelp(undefined);
  return wholeHelp;
}

function writtenHelp(topic: string | undefined): Escaped {
  const lines = helpText(topic).split('\n');
  return joined(
    lines.map((line) => {
      const [typed = '', ...does] = line.split(': ');
      return md`${code(typed)} ${escapeText(does.join(': '))}`;
    }),
    '\n',
  );
}

async function carryOut(desk: Desk, visit: Visit, { wish, incident }: { wish: IncidentWish; incident: Incident }): Promise<void> {
  const { engine, talk } = desk;
  switch (wish.kind) {
    case 'overview':
    case 'status': {
      const card = render(incident, 'card', { links: {} });
      return card && desk.answer(visit, card.text, card.blocks);
    }
    case 'next':
      return showNext(desk, visit, incident);
    case 'catchup': {
      const message = catchup(incident, await engine.timeline(incident.id));
      return desk.answer(visit, message.text, message.blocks);
    }
    case 'timeline': {
      const message = timeline(incident, await engine.timeline(incident.id));
      return desk.answer(visit, message.text, message.blocks);
    }
    case 'alerts':
    case 'split':
    case 'link':
    case 'merge':
      return onAlerts(desk, visit, { wish, incident });
    case 'postmortem':
      return postmortem(desk, visit, incident);
    case 'page':
      return page(desk, visit, { incident, who: wish.who });
    case 'lead': {
      const to = wish.slackId === undefined ? undefined : await talk.person(wish.slackId, []);
      return void (await desk.command(visit, incident, { kind: 'takeRole', role: 'lead', ...(to && { person: { slackId: to.slackId, name: to.name } }) }));
    }
    default: {
      const command = commandOf(wish);
      if (command) return void (await desk.command(visit, incident, command));
      return openForm(desk, visit, { wish, incident });
    }
  }
}

/** The word with its text; without text a form asks for it. */
function commandOf(wish: IncidentWish): Command | undefined {
  switch (wish.kind) {
    case 'severity':
      return wish.severity && { kind: 'setSeverity', severity: wish.severity };
    case 'update':
      return wish.text === '' ? undefined : { kind: 'update', text: redactText(wish.text) };
    case 'note':
      return wish.text === '' ? undefined : { kind: 'note', text: redactText(wish.text), permalink: undefined, at: undefined };
    case 'resolve':
      return wish.text === '' ? undefined : { kind: 'resolve', summary: redactText(wish.text) };
    case 'reopen':
      return { kind: 'reopen', reason: redactText(wish.text) };
    default:
      return undefined;
  }
}

async function openForm(desk: Desk, visit: Visit, { wish, incident }: { wish: IncidentWish; incident: Incident }): Promise<void> {
  const aim = { incident: incident.id };
  const view =
    wish.kind === 'severity'
      ? severityForm(incident)
      : wish.kind === 'resolve'
        ? resolveForm(incident)
        : textForm(wish.kind === 'update' ? 'update' : 'note', aim);
  await desk.open(visit, view);
}

async function openNew(desk: Desk, visit: Visit, wish: Extract<IncidentWish, { kind: 'new' }>): Promise<void> {
  const { title, service, severity } = wish;
  if (title === '') return void (await desk.open(visit, declareForm(desk.engine.services(), { service, severity })));
  const by = await desk.person(visit, undefined, undefined);
  const { incident, reply } = await desk.engine.openIncident({ title: redactText(title), service, severity, by, evidence: [] }, visit.once);
  await desk.answer(visit, openedText(incident, replyText(reply)));
}

async function overview(desk: Desk, visit: Visit): Promise<void> {
  const open = await desk.engine.openIncidents();
  const head = open.length === 0 ? md`Nothing is open.` : open.length === 1 ? md`1 incident is open.` : md`${open.length} incidents are open.`;
  const start = button({ label: 'New incident…', action: 'declare', aim: {}, style: 'primary' });
  await desk.answer(visit, head, [section(bold(head)), ...open.slice(0, 20).map(entry), { type: 'actions', elements: [start] }]);
}

/** A command that needs an incident was typed elsewhere: what is open, ready to be named. */
async function offer(desk: Desk, visit: Visit, said: ReturnType<typeof escapeText>): Promise<void> {
  const open = (await desk.engine.openIncidents()).slice(0, PICKS_MAX);
  await desk.answer(visit, said, [section(said), ...open.map(entry)]);
}

/** Calls people into the channel: the one command that is meant to ping. */
async function page(desk: Desk, visit: Visit, { incident, who }: { incident: Incident; who: readonly string[] }): Promise<void> {
  const { talk } = desk;
  const { channel } = incident;
  if (!channel) return desk.answer(visit, md`The channel is not open yet; try again in a moment. Nobody was called. (E_NOT_NOW)`);
  const by = await desk.person(visit, incident, 'note');
  const reply = await desk.engine.command(
    incident.id,
    by,
    { kind: 'note', text: `called ${await names(desk, who)}`, permalink: undefined, at: undefined },
    visit.once,
  );
  if (!reply.ok) return desk.answer(visit, replyText(reply));
  const { skipped } = await talk.invite(channel.id, who);
  const text = md`${joined(who.map(mention), ' ')} ${escapeText(by.name, 80)} needs you here: ${escapeText(incident.title, 200)}. ${code('/incident catchup')} sums it up.`;
  await talk.post({ channel: channel.id, text, blocks: [section(text)], key: `${incident.id}/page/${visit.once}`.slice(0, 200) });
  const left = skipped.length === 0 ? md`` : md` Could not be invited: ${escapeText(skipped.map(({ id, because }) => `${id} (${because})`).join(', '), 500)}.`;
  await desk.answer(visit, md`Called.${left}`);
}

async function names(desk: Desk, who: readonly string[]): Promise<string> {
  const found = await Promise.all(who.map(async (id) => (id.startsWith('S') ? `group ${id}` : (await desk.talk.person(id, [])).name)));
  return found.join(', ');
}

async function postmortem(desk: Desk, visit: Visit, incident: Incident): Promise<void> {
  const { channel } = incident;
  if (!channel) return desk.answer(visit, md`The channel is not open yet; try again in a moment. (E_NOT_NOW)`);
  const content = await desk.engine.postmortem(incident.id);
  await desk.talk.uploadFile({
    channel: channel.id,
    name: `${incident.id.toLowerCase()}-postmortem.md`,
    content,
    comment: md`Postmortem of ${escapeText(incident.id, 40)} as it would be written now`,
  });
  await desk.answer(visit, md`It is in the channel, as a file.`);
}
