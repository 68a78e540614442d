/** What others change while an incident is open: it belongs to the story, and what runs now is not what was judged before. */
import { isTaken, maybeStartItself } from './automatic.ts';
import { onCountdownOver } from './decide-rollback.ts';
import { startStep } from './decide-step.ts';
import { BOT, type Context, type Draft } from './draft.ts';
import { liveRollback } from './evolve.ts';
import type { Incident, OutsideChange, ReleaseFacts } from './model.ts';
import { dropCurrentStep } from './resolve.ts';
import { isDeployed, isEndOf, runningNow } from './running.ts';
import { isOurs } from './seen.ts';

/** GitHub is asked this often what runs, because a webhook may never come. */
export const LOOK_EVERY_MS = 60_000;
/** A webhook and the look that stands in for it differ by rounding. */
const SAME_MOMENT_MS = 60_000;
/** A repository that tags every build must not bury the incident; deployments are always told. */
const TAGS_TOLD_MOST = 20;

export function onChangedOutside(d: Draft, change: OutsideChange, context: Context): void {
  const { phase, outside, openedAt } = d.incident();
  // What changed before is read from the deployments when the incident opens.
  if (phase === 'resolved' || change.at < openedAt || outside.some((known) => same(known, change))) return;
  if (isMinor(change) && outside.filter(isMinor).length >= TAGS_TOLD_MOST) return;
  const before = runningNow(d.incident());
  const isNews = isDeployed(change) && !isEndOf(change, outside) && change.tag !== before?.tag;
  d.happen({ kind: 'changedOutside', change }, BOT, 'GitHub says so');
  stopCountdown(d, context);
  if (!isNews) return;
  if (context.service?.repo) d.want({ kind: 'look' });
  if (!liveRollback(d.incident())) verifyAgain(d, `${change.tag ?? 'something else'} was deployed by ${change.by ?? 'somebody'}, not by Tagback`, context);
}

const isMinor = ({ what }: OutsideChange): boolean => what === 'tag' || what === 'release';

function same(a: OutsideChange, b: OutsideChange): boolean {
  const isSameThing = a.what === b.what && a.tag === b.tag && a.state === b.state && a.environment === b.environment;
  return isSameThing && (a.what !== 'run' || a.url === b.url) && Math.abs(a.at - b.at) < SAME_MOMENT_MS;
}

/** Somebody has taken the deployment into their own hands: what would refuse to start at the end of its countdown ends now. */
function stopCountdown(d: Draft, context: Context): void {
  const live = liveRollback(d.incident());
  if (live?.stage === 'counting' && isTaken(d.incident())) onCountdownOver(d, live.id, context);
}

/** The playbook's own verification, out of turn: a judgement about the release before says nothing about this one. */
function verifyAgain(d: Draft, because: string, context: Context): void {
  const step = d.incident().playbook?.steps.find(({ use }) => use === 'verify');
  if (!step) return;
  dropCurrentStep(d, { by: BOT, say: 'Another release was deployed first.', because });
  startStep(d, step, { by: BOT, because, context });
}

/**
 * What a look at the deployments found. The first is what ran when the incident opened, and it stays that; a later one that shows another
 * release is a change somebody made and no webhook told us of. Looking goes on until the incident is resolved.
 */
export function onReleaseSeen(d: Draft, release: ReleaseFacts, context: Context): void {
  const { release: first, phase, channel } = d.incident();
  if (phase === 'resolved') return;
  if (first === undefined || (first.current === undefined && release.current !== undefined)) {
    d.happen({ kind: 'releaseSeen', release }, BOT, 'read from the deployments when the incident opened');
    if (channel) d.want({ kind: 'show', slot: 'chart' });
    maybeStartItself(d, context);
  } else {
    const change = missedChange(d.incident(), release, context);
    if (change) onChangedOutside(d, change, context);
  }
  keepLooking(d, context);
}

/** Also after a look that failed for good. */
export function keepLooking(d: Draft, { service, now }: Context): void {
  if (service?.repo && d.incident().phase !== 'resolved') d.want({ kind: 'look' }, now + LOOK_EVERY_MS);
}

function missedChange(incident: Incident, { current, deployedAt }: ReleaseFacts, { service }: Context): OutsideChange | undefined {
  const before = runningNow(incident);
  if (!service?.repo || current === undefined || deployedAt === undefined || current === before?.tag) return undefined;
  // GitHub's lists lag: what it shows may be older than what we know.
  if (before && deployedAt <= before.since) return undefined;
  const { repo, environment } = service;
  const change: OutsideChange = { what: 'deployment', tag: current, environment, state: 'success', by: undefined, url: '', at: deployedAt };
  return isOurs({ repo, change, workflow: undefined, marks: { texts: [], runId: undefined, sha: undefined } }, incident) ? undefined : change;
}
