/** One plain sentence per event, for everything that is read: timeline, postmortem, terminal. */
import type { Tally } from './alert.ts';
import { isForward, verdictWord } from './course.ts';
import { isWell, type Looked, listEvidence } from './evidence.ts';
import type { Actor, Incident, OutsideChange, TimelineEvent } from './model.ts';
import { stepOf } from './playbook.ts';

export function tell(event: TimelineEvent, incident: Incident): string {
  const who = whoDid(event.by);
  switch (event.kind) {
    case 'opened':
      return `${event.id} opened: ${event.title}`;
    case 'alerted':
      return `Alert from ${event.signal.source}: ${event.signal.summary}`;
    case 'alertCleared':
      return `Alert cleared: ${event.signal.summary}`;
    case 'alertsCounted':
      return tellCounted(event.changes);
    case 'alertsLeft':
      return `${event.services === 'all' ? 'All alerts' : tellMoved(event.alerts.length, event.services)} went to ${event.to}`;
    case 'alertsCame':
      return `${tellMoved(
        event.tallies.reduce((sum, { seen }) => sum + seen, event.alerts.length),
        [],
      )} came from ${event.from}`;
    case 'channelOpened':
      return `Channel #${event.channel.name} opened`;
    case 'releaseSeen':
      return event.release.current === undefined ? 'The running release could not be found out' : `${event.release.current} was running`;
    case 'acknowledged':
      return `${who} acknowledged`;
    case 'roleTaken':
      return `${event.name} is ${event.role === 'lead' ? 'the incident lead' : event.role}`;
    case 'severityChanged':
      return `${who} set the severity to ${event.to.toUpperCase()}`;
    case 'noted':
      return event.by.kind === 'bot' ? event.text : `${who}: “${event.text}”`;
    case 'updated':
      return `Status update by ${who}: “${event.text}”`;
    case 'evidenceAdded':
      return `${who} added ${listEvidence(event.items)}`;
    case 'urlsProbed':
      return tellLooks(event);
    case 'reported':
      return `${who} reported it, too: ${event.text}`;
    case 'fixAnswered':
      return event.fixed ? `${who}: fixed for me` : `${who}: not fixed for me`;
    case 'reportersCame':
      return `Reporters came from ${event.from}: ${tellNames(event.reporters.map(({ name }) => name))}`;
    case 'playbookStarted':
      return `Playbook “${event.playbook.title}” started`;
    case 'playbookEnded':
      return 'The playbook is through';
    case 'stepStarted':
    case 'stepEnded':
      return tellStep(event, incident);
    case 'rollbackRequested':
    case 'rollbackPlanned':
    case 'rollbackReplanned':
    case 'rollbackCounting':
    case 'rollbackApproved':
    case 'rollbackSending':
    case 'rollbackSent':
    case 'rollbackMoved':
    case 'rollbackEnded':
      return tellRollback(event, incident);
    case 'verdictReached':
      return `Verdict: ${verdictWord(incident, event.verdict)}, ${event.verdict.because}`;
    case 'changedOutside':
      return tellChange(event.change);
    case 'causeJudged':
      return event.verdict === 'confirmed' ? `${who} confirmed a cause: ${event.title}` : `${who} ruled out a cause: ${event.title}`;
    case 'mitigated':
      return 'Users are well again';
    case 'resolved':
      if (event.into) return `${who} merged the incident into ${event.into.id}`;
      return `${who} resolved the incident${event.summary ? `: ${event.summary}` : ''}`;
    case 'reopened':
      return `${who} reopened the incident`;
    case 'postmortemWritten':
      return 'The postmortem draft was written';
    case 'troubled':
      return `Could not do “${event.effect}”: ${event.text}`;
  }
}

const NAMED_MOST = 5;
const tellNames = (names: readonly string[]): string =>
  `${names.slice(0, NAMED_MOST).join(', ')}${names.length > NAMED_MOST ? ` and ${names.length - NAMED_MOST} more` : ''}`;

/** `12 more alerts, 3 cleared`. */
export function tellCounted(changes: readonly Tally[]): string {
  const seen = changes.reduce((sum, one) => sum + one.seen, 0);
  const moved = changes.reduce((sum, one) => sum + one.firing, 0) - seen;
  const texts = [
    ...(seen > 0 ? [`${seen} more alert${seen === 1 ? '' : 's'}`] : []),
    ...(moved < 0 ? [`${-moved} cleared`] : moved > 0 ? [`${moved} fire again`] : []),
  ];
  return texts.join(', ') || 'as many alerts cleared as fired again';
}

/** `3 alerts of cart`. */
export function tellMoved(count: number, services: readonly string[]): string {
  const of = services.length === 0 ? '' : ` of ${services.join(', ')}`;
  return count === 0 ? `Alerts${of}` : `${count} alert${count === 1 ? '' : 's'}${of}`;
}

function tellStep(event: Extract<TimelineEvent, { kind: 'stepStarted' | 'stepEnded' }>, incident: Incident): string {
  const title = stepOf(incident.playbook, event.step)?.title ?? event.step;
  if (event.kind === 'stepStarted') return event.run === 1 ? `Step “${title}”` : `Step “${title}”, run ${event.run}`;
  if (event.state === 'skipped') return `Step “${title}” skipped: ${event.say}`;
  return event.state === 'failed' ? `Step “${title}” failed: ${event.say}` : `Step “${title}” done: ${event.say}`;
}

function tellRollback(event: Extract<TimelineEvent, { kind: `rollback${string}` }>, incident: Incident): string {
  const who = whoDid(event.by);
  const rollback = incident.rollbacks[event.id];
  const target = rollback?.plan?.to.tag ?? rollback?.tag ?? 'an earlier release';
  const way = rollback && isForward(rollback) ? 'way forward' : 'rollback';
  switch (event.kind) {
    case 'rollbackRequested': {
      const what = event.undoes === undefined ? 'for a rollback' : `to take ${event.undoes} back and go forward again`;
      return `${who} asked ${what}${event.tag === undefined ? '' : ` to ${event.tag}`}: ${event.reason}`;
    }
    case 'rollbackPlanned':
      return `${capital(way)} planned: ${event.plan.from.tag} → ${event.plan.to.tag} by ${event.plan.strategy}, pre-flight ${event.plan.light}`;
    case 'rollbackReplanned': {
      if (event.strategy !== undefined) return `${who} chose ${event.strategy} instead`;
      if (event.migrationsRun === undefined) return `The approval is void, nothing was sent: ${event.because}`;
      return `${who} said that the migrations were ${event.migrationsRun ? 'run' : 'not run'}`;
    }
    case 'rollbackCounting':
      return `The ${way} to ${target} begins by itself in ${Math.round((event.startsAt - event.at) / 1000)} s unless somebody stops it`;
    case 'rollbackApproved': {
      const why = event.reason === undefined ? '' : `: “${event.reason}”`;
      return event.glass ? `${who} broke the glass and approved the ${way} to ${target} alone${why}` : `${who} approved the ${way} to ${target}${why}`;
    }
    case 'rollbackSending':
      return `Sending the ${way} to ${target} to GitHub`;
    case 'rollbackSent':
      return `${capital(way)} to ${target} sent to GitHub (${event.run.kind}${event.run.id === 0 ? '' : ` ${event.run.id}`})`;
    case 'rollbackMoved':
      return `The run is ${event.status.replaceAll('_', ' ')}${event.job === undefined ? '' : `, job ${event.job}`}`;
    case 'rollbackEnded':
      return `${capital(way)} to ${target} ${event.outcome === 'done' ? 'done' : event.outcome}: ${event.because}`;
  }
}

const capital = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;

/** `Deployment of v2.13.0 to production: success, by ada, not by Tagback`. */
export function tellChange({ what, tag, environment, state, by }: OutsideChange): string {
  const noun = { release: 'Release', deployment: 'Deployment', run: 'Workflow run', tag: 'Tag' }[what];
  const of = tag === undefined ? '' : what === 'release' || what === 'tag' ? ` ${tag}` : ` of ${tag}`;
  return `${noun}${of}${environment === undefined ? '' : ` to ${environment}`}: ${state}${by === undefined ? '' : `, by ${by}`}, not by Tagback`;
}

export function whoDid(actor: Actor): string {
  if (actor.kind === 'human') return actor.name;
  return actor.kind === 'source' ? actor.name : 'Tagback';
}

/** `Opened 4 addresses again: all answer`. */
export function tellLooks({ round, looks }: Looked): string {
  const opened = looks.filter(({ look }) => look.kind !== 'not-opened');
  const failing = opened.filter(({ look }) => !isWell(look)).length;
  const what = `Opened ${opened.length} ${opened.length === 1 ? 'address' : 'addresses'}${round === 'after' ? ' again' : ''}`;
  return `${what}: ${failing === 0 ? 'none fails' : failing === opened.length ? 'every one fails' : `${failing} fail`}`;
}

/** That a machine step began says nothing its end does not say better. */
export const isBeginning = (event: TimelineEvent, incident: Incident): boolean =>
  event.kind === 'stepStarted' && stepOf(incident.playbook, event.step)?.by === 'machine';
