/** The timeline for one reader: what happened, briefly, newest or all. */
import { isForward, verdictWord } from '../core/course.ts';
import { rollbackOf } from '../core/evolve.ts';
import type { Incident, TimelineEvent } from '../core/model.ts';
import { type StepId, stepOf } from '../core/playbook.ts';
import { isBeginning, tell, tellChange } from '../core/story.ts';
import { bold, code, type Escaped, escapeLine, escapeText, joined, md, when } from './escape.ts';
import type { Block, Message } from './view.ts';
import { severityWord, statusWord, suspicion } from './view-card.ts';
import { name } from './view-line.ts';
import { context, section } from './view-parts.ts';

const CATCHUP_MAX = 12;
const TIMELINE_MAX = 60;
const LINES_PER_SECTION = 10;

/** For somebody who joins late: state first, then the last turns. */
export function catchup(incident: Incident, events: readonly TimelineEvent[]): Message {
  const lead = incident.roles.lead ? md`${escapeLine(incident.roles.lead.name, 80)} leads` : md`nobody leads yet`;
  const head = md`${escapeLine(incident.id, 40)} ${severityWord(incident.severity)}, ${statusWord(incident)}: ${escapeLine(incident.title)}. Open since ${when(incident.openedAt, 'ago')}, ${lead}.`;
  const told = events.filter((event) => event.kind !== 'channelOpened' && event.kind !== 'rollbackMoved' && !isBeginning(event, incident)).slice(-CATCHUP_MAX);
  const suspected = suspicion(incident);
  return { text: head, blocks: [section(head), ...(suspected ? [section(suspected)] : []), ...lines(incident, told)] };
}

export function timeline(incident: Incident, events: readonly TimelineEvent[]): Message {
  const told = events.filter((event) => !isBeginning(event, incident));
  const shown = told.slice(-TIMELINE_MAX);
  const head = bold(md`Timeline of ${escapeLine(incident.id, 40)}`);
  const earlier = told.length - shown.length;
  return {
    text: md`Timeline of ${escapeLine(incident.id, 40)}, ${told.length} entries`,
    blocks: [section(head), ...lines(incident, shown), ...(earlier > 0 ? [context(md`${earlier} earlier entries are left out here.`)] : [])],
  };
}

function lines(incident: Incident, events: readonly TimelineEvent[]): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < events.length; at += LINES_PER_SECTION) {
    const some = events.slice(at, at + LINES_PER_SECTION).map((event) => md`${when(event.at, 'clock')} ${happened(event, incident)}`);
    blocks.push(section(joined(some, '\n')));
  }
  return blocks;
}

/** One short line for every kind of event. */
export function happened(event: TimelineEvent, incident: Incident): Escaped {
  const who = name(event.by);
  switch (event.kind) {
    case 'opened':
      return md`opened by ${who}: ${escapeLine(event.title, 120)} (${escapeLine(event.because, 80)})`;
    case 'alerted':
      return md`alert from ${who}: ${escapeLine(event.signal.summary, 150)}`;
    case 'alertCleared':
      return md`alert cleared: ${escapeLine(event.signal.summary, 150)}`;
    case 'alertsCounted':
    case 'alertsLeft':
    case 'alertsCame':
      return md`${escapeLine(tell(event, incident), 200)}`;
    case 'channelOpened':
      return md`channel opened`;
    case 'releaseSeen':
      return event.release.current ? md`${code(event.release.current, 130)} was running` : md`which release runs could not be found out`;
    case 'acknowledged':
      return md`acknowledged by ${who}`;
    case 'roleTaken':
      return md`${escapeLine(event.name, 80)} is ${escapeLine(event.role)}`;
    case 'severityChanged':
      return md`${severityWord(event.to)}, set by ${who}`;
    case 'noted':
      return md`${who}: ${escapeLine(event.text, 150)}`;
    case 'updated':
      return md`update from ${who}: ${escapeLine(event.text, 150)}`;
    case 'evidenceAdded':
    case 'urlsProbed':
    case 'reported':
    case 'fixAnswered':
    case 'reportersCame':
      return md`${escapeLine(tell(event, incident), 200)}`;
    case 'causeJudged':
      return md`${who} ${event.verdict === 'confirmed' ? md`confirmed a cause` : md`ruled out a cause`}: ${escapeLine(event.title, 150)}`;
    case 'playbookStarted':
      return md`playbook started: ${escapeLine(event.playbook.title, 100)}`;
    case 'stepStarted':
      return md`step “${titleOf(incident, event.step)}”`;
    case 'stepEnded':
      return md`“${titleOf(incident, event.step)}” ${escapeLine(event.state)}: ${escapeLine(event.say, 150)}`;
    case 'playbookEnded':
      return md`playbook ended`;
    default:
      return deed(event, who, incident);
  }
}

const titleOf = (incident: Incident, step: StepId): Escaped => escapeLine(stepOf(incident.playbook, step)?.title ?? step, 100);

type Deed = Exclude<
  TimelineEvent,
  {
    kind:
      | 'opened'
      | 'alerted'
      | 'alertCleared'
      | 'alertsCounted'
      | 'alertsLeft'
      | 'alertsCame'
      | 'channelOpened'
      | 'releaseSeen'
      | 'acknowledged'
      | 'roleTaken'
      | 'severityChanged'
      | 'noted'
      | 'updated'
      | 'evidenceAdded'
      | 'urlsProbed'
      | 'reported'
      | 'fixAnswered'
      | 'reportersCame'
      | 'causeJudged'
      | 'playbookStarted'
      | 'stepStarted'
      | 'stepEnded'
      | 'playbookEnded';
  }
>;

function deed(event: Deed, who: Escaped, incident: Incident): Escaped {
  const rollback = event.kind.startsWith('rollback') && 'id' in event ? rollbackOf(incident, event.id) : undefined;
  const way = rollback && isForward(rollback) ? md`way forward` : md`rollback`;
  switch (event.kind) {
    case 'rollbackRequested':
      return md`${who} asked ${event.undoes === undefined ? md`for a rollback` : md`to go forward again`}${event.tag ? md` to ${code(event.tag, 130)}` : md``}`;
    case 'rollbackPlanned':
      return md`plan: ${code(event.plan.from.tag, 130)} → ${code(event.plan.to.tag, 130)}, checks ${escapeLine(event.plan.light, 10)}`;
    case 'rollbackReplanned':
      if (event.strategy === undefined && event.migrationsRun === undefined) return md`the approval is void: ${escapeLine(event.because, 150)}`;
      return event.strategy === undefined
        ? md`${who}: the migrations were ${event.migrationsRun ? md`run` : md`not run`}`
        : md`${who} chose ${code(event.strategy, 60)} instead`;
    case 'rollbackCounting':
      return md`the automatic rollback begins at ${when(event.startsAt, 'seconds')} unless it is stopped`;
    case 'rollbackSending':
      return md`sending the ${way} to GitHub`;
    case 'changedOutside':
      return md`${escapeLine(tellChange(event.change), 200)}`;
    case 'rollbackApproved':
      return event.glass
        ? md`${who} broke the glass: ${escapeLine(event.reason ?? '', 150)}`
        : md`${who} approved the ${way} (${escapeLine(event.because, 80)})`;
    case 'rollbackSent':
      return md`${way} sent to GitHub`;
    case 'rollbackMoved':
      return md`${way}: ${escapeLine(event.status, 80)}`;
    case 'rollbackEnded':
      return md`${way} ${escapeLine(event.outcome)}: ${escapeLine(event.because, 150)}`;
    case 'verdictReached':
      return md`verdict ${escapeText(verdictWord(incident, event.verdict))}: ${escapeLine(event.verdict.because, 150)}`;
    case 'mitigated':
      return md`mitigated: ${escapeLine(event.because, 150)}`;
    case 'resolved':
      return event.into ? md`merged into ${escapeLine(event.into.id, 40)} by ${who}` : md`resolved by ${who}: ${escapeLine(event.summary, 150)}`;
    case 'reopened':
      return md`reopened by ${who}`;
    case 'postmortemWritten':
      return md`postmortem written`;
    case 'troubled':
      return md`trouble: ${escapeLine(event.text, 150)} (${escapeLine(event.code, 40)})`;
  }
}
