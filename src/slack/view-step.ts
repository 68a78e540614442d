/** One message per run of a step: what to do now, what is there, what is missing; afterwards one line of what came out. */
import type { ActionsBlock } from '@slack/types';
import { collectable, lackOf } from '../core/evidence.ts';
import type { Evidence, Incident, Json, StepState } from '../core/model.ts';
import { type AskParams, type CollectParams, type Step, type StepId, stepOf } from '../core/playbook.ts';
import { bold, code, type Escaped, escapeLine, escapeText, joined, link, md } from './escape.ts';
import type { Block, Message, RenderExtra } from './view.ts';
import { logFindings } from './view-logs.ts';
import { type Aim, type ButtonLook, button, context, section } from './view-parts.ts';
import { quotaBoard } from './view-quota.ts';

const EVIDENCE_MAX = 15;
const CHOICES_MAX = 20;

export function stepCard(incident: Incident, at: { id: StepId; run: number }, extra: RenderExtra): Message | undefined {
  const step = stepOf(incident.playbook, at.id);
  const state = incident.steps[at.id];
  if (!step || !state) return undefined;
  // A later run has a message of its own; this one only says that it is over.
  if (state.run !== at.run) return over(step, md`ran again later`, md`↻`);
  if (state.state === 'active') return active(incident, { step, state }, extra);
  return ended(incident, { step, state });
}

interface At {
  readonly step: Step;
  readonly state: StepState;
}

function active(incident: Incident, { step, state }: At, extra: RenderExtra): Message {
  const aim: Aim = { incident: incident.id, step: step.id, run: state.run };
  const owner = step.owner ? md` (for the ${escapeText(step.owner)})` : md``;
  const intro = joined([md`${bold(md`Next: ${escapeLine(step.title, 200)}`)}${owner}`, ...(step.text ? [escapeText(step.text, 1500)] : [])], '\n');
  const parts = { incident, step, aim };
  const body = bodyOf(parts, extra);
  return { text: md`Next step of ${escapeLine(incident.id, 40)}: ${escapeLine(step.title, 200)}`, blocks: [section(intro), ...body] };
}

interface Parts {
  readonly incident: Incident;
  readonly step: Step;
  readonly aim: Aim;
}

function bodyOf(parts: Parts, extra: RenderExtra): Block[] {
  switch (parts.step.use) {
    case 'collect':
      return collect(parts);
    case 'ask':
      return ask(parts);
    default:
      if (parts.step.by === 'machine') return [context(progress(extra.memo))];
      return [buttons(parts, [skip(parts)])];
  }
}

function collect(parts: Parts): Block[] {
  const { incident, step, aim } = parts;
  const needs = step.params as unknown as CollectParams; // checked against the kind's schema when the playbook was loaded
  const lack = lackOf(incident.evidence, needs);
  const there = brought(incident);
  return [
    ...(there ? [section(there)] : []),
    context(lack ? md`Still needed: ${escapeText(lack)}.` : md`Everything that is required is there.`),
    buttons(parts, [
      { label: 'Add URLs and screenshots', action: 'addEvidence', aim, ...(lack !== undefined && { style: 'primary' as const }) },
      ...(lack === undefined ? [{ label: 'Done', action: 'answerStep', aim, style: 'primary' as const, spoken: `Done: ${step.title}` }] : []),
      skip(parts),
    ]),
  ];
}

function brought(incident: Incident): Escaped | undefined {
  const there = incident.evidence.filter(collectable);
  const rest = there.length - EVIDENCE_MAX;
  const shown = [...there.slice(0, EVIDENCE_MAX).map((item) => md`• ${evidence(item)}`), ...(rest > 0 ? [md`• and ${rest} more`] : [])];
  return shown.length === 0 ? undefined : joined(shown, '\n');
}

/** What the current step still lacks, as a person would say it; undefined: nothing, or it asks for no evidence. */
export function missingEvidence(incident: Incident): string | undefined {
  const step = stepOf(incident.playbook, incident.current);
  return step?.use === 'collect' ? lackOf(incident.evidence, step.params as unknown as CollectParams) : undefined; // checked against the kind's schema at load
}

/** People's URLs are shown as they are; which of them may be opened says core/evidence.ts. */
export function evidence(item: Evidence): Escaped {
  switch (item.kind) {
    case 'url':
      return link(item.url, item.url);
    case 'screenshot':
      return item.permalink ? md`screenshot ${link(item.permalink, item.name)}` : md`screenshot ${escapeLine(item.name, 120)}`;
    case 'note':
      return escapeLine(item.text, 200);
    case 'request':
      return md`request ${code(item.id, 200)}`;
    case 'user':
      return md`fails for ${escapeLine(item.name, 100)}`;
    case 'snapshot':
      return md`how the service was at the beginning: ${escapeLine(item.facts.map(({ name, value }) => `${name} ${value}`).join(', '), 300)}`;
  }
}

function ask(parts: Parts): Block[] {
  const { question, choices } = parts.step.params as unknown as AskParams; // checked against the kind's schema when the playbook was loaded
  const looks = choices
    .slice(0, CHOICES_MAX)
    .map(({ id, label }, at): ButtonLook => ({ label, action: `answerStep:${at}`, aim: { ...parts.aim, choice: id } }));
  return [section(escapeText(question, 600)), buttons(parts, [...looks, skip(parts)])];
}

function skip({ aim, step }: Parts): ButtonLook {
  return { label: 'Skip…', action: 'skipStep', aim, spoken: `Skip the step ${step.title}` };
}

function buttons({ aim }: Parts, looks: readonly ButtonLook[]): ActionsBlock {
  return { type: 'actions', block_id: `step:${aim.step}:${aim.run}`.slice(0, 255), elements: looks.map(button) };
}

function progress(memo: Json | undefined): Escaped {
  const say = typeof memo === 'object' && memo !== null && 'say' in memo ? memo.say : undefined;
  return typeof say === 'string' && say !== '' ? md`Running: ${escapeLine(say)}` : md`Running…`;
}

function ended(incident: Incident, { step, state }: At): Message {
  const aim: Aim = { incident: incident.id, step: step.id, run: state.run };
  const judging = { aim: incident.phase === 'resolved' ? undefined : aim, causes: incident.causes };
  const found = step.use === 'check-quota' ? quotaBoard(state.data) : logFindings(state.data, judging);
  // What follows the first part is told by the findings below it.
  const say = escapeLine((found ? state.say?.split('; ')[0] : state.say) ?? '', 600);
  if (state.state === 'skipped') return over(step, say, md`⏭ Skipped ·`);
  if (state.state === 'done') {
    const message = over(step, say, md`✅ Done ·`);
    if (found) return { ...message, blocks: [...message.blocks, ...found] };
    const more = step.use === 'collect' ? brought(incident) : undefined;
    return more ? { ...message, blocks: [...message.blocks, section(more)] } : message;
  }
  const parts = { incident, step, aim };
  const message = over(step, md`${say}${state.outcome ? md` (${escapeLine(state.outcome, 40)})` : md``}`, md`⛔ Failed ·`);
  const stuck = incident.current === undefined && incident.phase !== 'resolved';
  return stuck
    ? { ...message, blocks: [...message.blocks, buttons(parts, [{ label: 'Try again', action: 'retryStep', aim, style: 'primary' }, skip(parts)])] }
    : message;
}

function over(step: Step, say: Escaped, sign: Escaped): Message {
  const title = escapeLine(step.title, 200);
  const tail = say === '' ? md`` : /[?!.]$/.test(step.title) ? md` ${say}` : md`: ${say}`;
  return { text: md`${title}${tail}`, blocks: [section(md`${sign} ${bold(title)}${tail}`)] };
}
