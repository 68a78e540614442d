/** `/rollback` and its form: find or open the incident it belongs to, then ask. The approval is always a click on the plan, never a command. */
import type { Incident } from '../core/model.ts';
import { nearestTags } from '../core/tag.ts';
import { Failure } from '../lib/failure.ts';
import { redactText } from '../lib/redact.ts';
import { channelLink, escapeText, joined, md } from './escape.ts';
import { undoForm } from './forms-plan.ts';
import { ROLLBACK_USAGE, UNDO_USAGE } from './grammar.ts';
import { parseRollback } from './grammar-rollback.ts';
import { openRollbackForm } from './listen-action.ts';
import { type Desk, replyText, type Visit } from './listen-desk.ts';
import { undoable } from './undoable.ts';
import { button } from './view-parts.ts';

const EXAMPLES_MAX = 3;

export async function onRollback(desk: Desk, visit: Visit, text: string): Promise<void> {
  const here = visit.channel === undefined ? undefined : await desk.engine.incidentByChannel(visit.channel);
  const services = desk.engine.services();
  const wish = parseRollback(text, { services, here: here?.service });
  if (!wish.ok) return desk.answer(visit, escapeText(`${wish.text} (${wish.code})`));
  if ('undo' in wish) return undo(desk, visit, { here, service: wish.service, reason: redactText(wish.reason) });
  const able = services.filter(({ repo }) => repo !== undefined);
  const service = wish.service ?? (wish.tag !== undefined && able.length === 1 ? able[0]?.name : undefined);
  if (service === undefined && wish.tag === undefined) return usage(desk, visit);
  if (service === undefined) {
    const names = able
      .map(({ name }) => name)
      .slice(0, 10)
      .join(', ');
    throw new Failure('E_ARGS', `Which service? ${names ? `Known are: ${names}` : 'services.yml names none with a repository'}`, {
      hint: `Type /rollback <service> ${wish.tag}`,
    });
  }
  // In the channel of another service's incident the service was named on purpose: it gets an incident of its own.
  const incident = here?.service === service ? here : undefined;
  const reason = redactText(wish.reason);
  if (wish.tag === undefined)
    return openRollbackForm(desk, visit, { aim: incident ? { incident: incident.id } : { service }, service, reason, ...(incident && { incident }) });
  return startRollback(desk, visit, { incident, service, tag: wish.tag, reason, step: undefined });
}

/** Without a reason the form asks for it. Like every rollback it is only planned here; people approve it on its card. */
async function undo(desk: Desk, visit: Visit, wish: { here: Incident | undefined; service: string | undefined; reason: string }): Promise<void> {
  const { here, service, reason } = wish;
  const incident = here && here.service === service ? here : (await desk.engine.openIncidents()).find((open) => open.service === service);
  if (service === undefined || !incident) {
    const what = service === undefined ? 'Which service?' : `${service} has no open incident`;
    throw new Failure('E_CONTEXT', `${what} Nothing was started`, { hint: 'Type /rollback undo in the channel of its incident, or /rollback <service> undo' });
  }
  const gone = undoable(incident);
  if (!gone) throw new Failure('E_NOT_NOW', `There is no rollback of ${service} that could be taken back now; nothing was started`, { hint: ROLLBACK_USAGE });
  if (reason === '') return void (await desk.open(visit, undoForm({ incident: incident.id, rollback: gone.id }, incident, gone)));
  await desk.command(visit, incident, { kind: 'undoRollback', rollback: gone.id, reason });
}

export interface RollbackStart {
  readonly incident: Incident | undefined;
  readonly service: string | undefined;
  readonly tag: string;
  readonly reason: string;
  readonly step: string | undefined;
}

export async function startRollback(desk: Desk, visit: Visit, start: RollbackStart): Promise<void> {
  const { service, tag, reason, step } = start;
  const incident = start.incident ?? (await incidentFor(desk, visit, service, tag));
  const by = await desk.person(visit, incident, 'requestRollback');
  const reply = await desk.engine.command(incident.id, by, { kind: 'requestRollback', tag, reason, step }, `${visit.once}:rollback`);
  const elsewhere = incident.channel && incident.channel.id !== visit.channel ? [md`The plan appears in ${channelLink(incident.channel.id)}.`] : [];
  await desk.answer(visit, joined([replyText(reply), ...(reply.ok ? elsewhere : [])], ' '));
}

/** A rollback always belongs to an incident: the open one of the service, else a new one. */
async function incidentFor(desk: Desk, visit: Visit, service: string | undefined, tag: string): Promise<Incident> {
  const known = desk.engine.services().find(({ name }) => name === service);
  if (!known) throw new Failure('E_UNKNOWN_SERVICE', 'No service of services.yml was chosen; nothing was started', { hint: ROLLBACK_USAGE });
  const open = (await desk.engine.openIncidents()).find((incident) => incident.service === known.name);
  if (open) return open;
  await refuseUnknownTag(desk, known.name, tag);
  const by = await desk.person(visit, undefined, undefined);
  const opened = await desk.engine.openIncident(
    { title: `Rollback of ${known.name} to ${tag}`, service: known.name, severity: undefined, by, evidence: [] },
    visit.once,
  );
  return opened.incident;
}

/** A mistyped tag must not open an incident. When the releases cannot be read, the plan will say so. */
async function refuseUnknownTag(desk: Desk, service: string, tag: string): Promise<void> {
  const [targets, running] = await Promise.all([
    desk.engine.rollbackTargets(service).catch(() => []),
    desk.engine.runningRelease(service).catch(() => undefined),
  ]);
  if (running === tag) throw new Failure('E_NOOP', `${tag} is already live for ${service}; there is nothing to do`);
  if (targets.length === 0 || targets.some((target) => target.tag === tag)) return;
  const near = nearestTags(
    tag,
    targets.map((target) => target.tag),
    EXAMPLES_MAX,
  );
  throw new Failure(
    'E_TAG_UNKNOWN',
    `“${tag.slice(0, 60)}” is not among the releases ${service} can go back to; nothing was started. The nearest are: ${near.join(', ')}`,
    {
      hint: `Type /rollback ${service} ${near[0]}`,
    },
  );
}

/** Nothing was said: how to say it, with releases to copy, and the form for those who rather choose. */
async function usage(desk: Desk, visit: Visit): Promise<void> {
  const service = desk.engine.services().find(({ repo }) => repo !== undefined)?.name;
  const targets = service === undefined ? [] : await desk.engine.rollbackTargets(service).catch(() => []);
  const examples = targets
    .slice(0, EXAMPLES_MAX)
    .map(
      ({ tag, label }) =>
        md`• \`/rollback ${escapeText(service ?? '', 100)} ${escapeText(tag, 130)}\`${label === tag ? md`` : md` ${escapeText(label.replace(tag, '').trim(), 100)}`}`,
    );
  const text = joined([escapeText(ROLLBACK_USAGE), ...examples, escapeText(UNDO_USAGE)], '\n');
  const form = button({ label: 'Roll back…', action: 'requestRollback', aim: {}, style: 'danger' });
  await desk.answer(visit, text, [
    { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } },
    { type: 'actions', elements: [form] },
  ]);
}
