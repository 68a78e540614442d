/** The pinned card: the truth about an incident on one screen. The channel keeps the story. */
import type { ActionsBlock, Overflow, PlanBlock } from '@slack/types';
import { firingCount, seenCount } from '../core/alert.ts';
import { UNKNOWN_SERVICE } from '../core/correlate.ts';
import { verdictWord } from '../core/course.ts';
import { latestRollback, liveRollback } from '../core/evolve.ts';
import type { Incident, StepState } from '../core/model.ts';
import { roadOf } from '../core/playbook.ts';
import { answersSince, runningNow } from '../core/running.ts';
import { suspectNow, suspectWord } from '../core/suspect.ts';
import { percent } from '../core/verdict.ts';
import { bold, capital, code, type Escaped, escapeLine, escapeText, joined, link, md, mention, plainLine, quote, when } from './escape.ts';
import type { Block, Message, RenderExtra } from './view.ts';
import { type ButtonLook, button, context, fields, header, section, serviceName, task, words } from './view-parts.ts';
import { reporters } from './view-reporters.ts';
import { services } from './view-storm.ts';

const CALLED_MAX = 10;
const TASKS_MAX = 30;

export function card(incident: Incident, extra: RenderExtra): Message {
  const { id, title, severity } = incident;
  const blocks: Block[] = [header(`${mark(incident)} ${id} · ${title}`), facts(incident)];
  blocks.push(...services(incident));
  const suspected = suspicion(incident);
  if (suspected) blocks.push(section(suspected));
  const call = calling(incident, extra);
  if (call) blocks.push(section(call));
  if (incident.update) blocks.push(section(md`${bold(md`Latest update`)} (${when(incident.update.at, 'clock')})\n${quote(incident.update.text)}`));
  blocks.push(...reporters(incident));
  const plan = checklist(incident);
  if (plan) blocks.push(plan);
  blocks.push(actions(incident));
  const foot = footer(incident, extra);
  if (foot.length > 0) blocks.push(context(...foot));
  const lead = incident.roles.lead ? md`lead ${escapeLine(incident.roles.lead.name, 80)}` : md`no lead yet`;
  const text = md`${severityWord(severity)} ${escapeLine(id, 40)} ${statusWord(incident)}: ${escapeLine(title)} (${escapeLine(serviceName(incident), 100)}), ${lead}`;
  return { text: joined([text, ...(suspected ? [suspected] : []), ...(call ? [call] : [])], '\n'), blocks };
}

export const severityWord = (severity: Incident['severity']): Escaped => escapeText(severity.toUpperCase());

/** Beside the words, never instead of them. */
export function mark(incident: Incident): string {
  if (incident.phase === 'resolved') return '🟢';
  return incident.phase === 'mitigated' ? '🟡' : '🔴';
}

/** What is going on, in the words a reader would use. */
export function statusWord(incident: Incident): Escaped {
  const live = liveRollback(incident);
  const tag = live?.plan?.to.tag ?? live?.tag;
  const target = tag ? md` to ${escapeLine(tag, 130)}` : md``;
  if (incident.phase === 'resolved') return md`resolved`;
  const forward = live?.undoes !== undefined;
  if (live?.stage === 'planning') return forward ? md`planning to go forward again` : md`planning a rollback${target}`;
  if (live?.stage === 'asking') return md`waiting for approval to ${forward ? md`go forward` : md`roll back`}${target}`;
  if (live?.stage === 'counting') return md`about to roll back${target} by itself`;
  if (live) return md`${forward ? md`going forward` : md`rolling back`}${target}`;
  if (incident.phase === 'mitigated') return md`mitigated, watching`;
  return incident.acknowledgedAt === undefined ? md`open, not acknowledged` : md`investigating`;
}

function facts(incident: Incident): Block {
  const { lead } = incident.roles;
  return fields(
    [md`Status`, capital(statusWord(incident))],
    [md`Severity`, severityWord(incident.severity)],
    [md`Lead`, lead ? escapeLine(lead.name, 80) : md`nobody yet`],
    [md`Started`, when(incident.openedAt, 'ago')],
    ...(incident.service === UNKNOWN_SERVICE ? [] : releases(incident)),
  );
}

function releases(incident: Incident): (readonly [Escaped, Escaped])[] {
  const rolledBack = latestRollback(incident)?.stage === 'done';
  return [[md`Release`, running(incident)], rolledBack ? [md`Verdict`, judged(incident)] : [md`Rollback target`, target(incident)]];
}

/** The release of the last deploy, and who contradicts it; that it really runs is the verdict's to say. */
function running(incident: Incident): Escaped {
  const now = runningNow(incident);
  if (!now) return md`not known`;
  const { rollback, tag, since, by } = now;
  if (by === 'before' && tag !== undefined) return runsSince(tag, incident.release?.deployedAt);
  const named = tag === undefined ? md`one that names no release` : code(tag, 130);
  const how = rollback?.plan
    ? md`${rollback.plan.direction === 'back' ? md`rolled back` : md`forward again`} from ${code(rollback.plan.from.tag, 130)}`
    : md`deployed by others at ${when(since, 'clock')}`;
  const still = answersSince(incident, now)?.still;
  return still ? md`${named}, ${how}; ${code(still.tag, 130)} still answers on ${still.count} of ${still.asked}` : md`${named}, ${how}`;
}

/** What changed just before; undefined: not known, or no longer of use. */
export function suspicion(incident: Incident): Escaped | undefined {
  const found = suspectNow(incident);
  return found && md`${bold(escapeText(suspectWord(found)))}: ${code(found.tag, 130)} (${escapeText(found.sure)}), ${escapeLine(found.because, 200)}`;
}

function runsSince(tag: string, at: number | undefined): Escaped {
  return at === undefined ? code(tag, 130) : md`${code(tag, 130)} since ${when(at, 'clock')}`;
}

function judged(incident: Incident): Escaped {
  const { verdict } = incident;
  if (!verdict) return md`not yet`;
  const kind = capital(escapeText(verdictWord(incident, verdict)));
  return verdict.after === undefined ? kind : md`${kind}, errors at ${escapeText(percent(verdict.after))}`;
}

function target(incident: Incident): Escaped {
  const live = liveRollback(incident);
  const tag = live?.plan?.to.tag ?? live?.tag ?? incident.release?.previous;
  return tag ? code(tag, 130) : md`not known`;
}

function calling(incident: Incident, { call: called = [] }: RenderExtra): Escaped | undefined {
  if (incident.phase !== 'open' || incident.roles.lead || called.length === 0) return undefined;
  return md`Calling ${joined(called.slice(0, CALLED_MAX).map(mention), ' ')}: who takes the lead?`;
}

function checklist(incident: Incident): PlanBlock | undefined {
  const { playbook, steps } = incident;
  if (!playbook || (Object.keys(steps).length === 0 && incident.current === undefined)) return undefined;
  const road = roadOf(playbook, Object.keys(steps), incident.current);
  const tasks = road.slice(0, TASKS_MAX).map((step) => task(step.id, said(step.title, steps[step.id]?.say), taskStatus(steps[step.id])));
  return { type: 'plan', title: plainLine(`Playbook: ${playbook.title}`, 150), tasks };
}

/** `Roll back? Keep this release`; of a long answer the first part, its message in the channel has the rest. */
function said(title: string, say = ''): string {
  const short = say.split('; ')[0] ?? '';
  if (short === '') return title;
  return /[?!.]$/.test(title) ? `${title} ${short}` : `${title}: ${short}`;
}

function taskStatus(state: StepState | undefined): 'pending' | 'in_progress' | 'complete' | 'error' {
  if (!state) return 'pending';
  if (state.state === 'active') return 'in_progress';
  return state.state === 'failed' ? 'error' : 'complete';
}

/** At most three buttons and an overflow; after the end only the way back. */
function actions(incident: Incident): ActionsBlock {
  const aim = { incident: incident.id };
  const reopen: ButtonLook = { label: 'Reopen', action: 'reopen', aim, spoken: `Reopen ${incident.id}` };
  if (incident.phase === 'resolved') return { type: 'actions', block_id: 'card', elements: [button(reopen)] };
  const lead: ButtonLook = { label: 'Take the lead', action: 'acknowledge', aim, style: 'primary', spoken: `Take the lead of ${incident.id}` };
  const next: ButtonLook = { label: 'Next step', action: 'next', aim, style: 'primary' };
  const back: ButtonLook = { label: 'Roll back…', action: 'requestRollback', aim, style: 'danger', spoken: `Roll back ${incident.service}` };
  const resolve: ButtonLook = { label: 'Resolve…', action: 'resolve', aim, ...(incident.phase === 'mitigated' && { style: 'primary' as const }) };
  const first = !incident.roles.lead ? [lead] : incident.phase === 'open' && incident.current !== undefined ? [next] : [];
  const looks = [...first, ...(liveRollback(incident) || incident.service === UNKNOWN_SERVICE ? [] : [back]), ...(incident.roles.lead ? [resolve] : [])];
  return { type: 'actions', block_id: 'card', elements: [...looks.map(button), more(incident)] };
}

/** Slack shows at most five entries; a value holds at most 75 characters. */
function more(incident: Incident): Overflow {
  const entry = (label: string, action: string): Overflow['options'][number] => ({ text: words(label, 75), value: `${action}|${incident.id}`.slice(0, 75) });
  return {
    type: 'overflow',
    action_id: 'more',
    options: [
      entry('Status update…', 'update'),
      entry('Add evidence…', 'addEvidence'),
      entry('Change severity…', 'setSeverity'),
      incident.roles.lead ? entry('Hand over a role…', 'takeRole') : entry('Resolve…', 'resolve'),
      entry('Add a note…', 'note'),
    ],
  };
}

function alertsNow(firing: number, all: number): Escaped {
  if (firing === 0) return all === 1 ? md`the alert is quiet` : md`all alerts are quiet`;
  return all === 1 ? md`the alert is firing` : md`${firing} of ${all} alerts firing`;
}

function footer(incident: Incident, { links }: RenderExtra): Escaped[] {
  const [firing, all] = [firingCount(incident), seenCount(incident)];
  const trouble = incident.troubles.at(-1);
  const where = [
    ...(all > 0 ? [alertsNow(firing, all)] : []),
    md`why it was opened: ${escapeLine(incident.openedBecause, 200)}`,
    ...incident.links.slice(0, 5).map(({ title, url }) => link(url, title)),
    ...(links.timeline ? [link(links.timeline, 'timeline')] : []),
    ...(links.postmortem ? [link(links.postmortem, 'postmortem')] : []),
  ];
  return [
    joined(where, ' · '),
    ...(trouble && incident.phase !== 'resolved' ? [md`Trouble: ${escapeLine(trouble.text, 300)} (${escapeLine(trouble.code, 40)})`] : []),
  ];
}
