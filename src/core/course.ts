/** What each rollback of an incident did: the verdicts that speak about it, in the words people read, and what that says about the releases. */
import type { Incident, Instant, ReleaseFacts } from './model.ts';
import type { Rollback, RollbackPlan } from './rollback.ts';
import { runningNow } from './running.ts';
import type { Verdict } from './verdict.ts';

/** A rollback that went through. */
export type Done = Rollback & { readonly plan: RollbackPlan };
type Deploys = Pick<Incident, 'release' | 'rollbacks' | 'outside'>;
type Judged = Deploys & Pick<Incident, 'verdicts'>;

/** The way back from a rollback, known before its plan is made. */
export const isForward = ({ plan, undoes }: Rollback): boolean => (plan ? plan.direction === 'forward' : undoes !== undefined);

/** In the order in which they went through. */
export function doneOf({ rollbacks }: Pick<Incident, 'rollbacks'>): readonly Done[] {
  const isDone = (one: Rollback): one is Done => one.stage === 'done' && one.plan !== undefined;
  return Object.values(rollbacks)
    .filter(isDone)
    .toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0));
}

/**
 * The deploy says that it succeeded, and another release answers: nothing is known about the release that should run. The kind of such a
 * verdict is `no-effect`, and what follows from it is the opposite: it may well have been the release.
 */
export function isNotLive(incident: Deploys, { at, still, runs }: Verdict): boolean {
  const meant = runningNow(incident, at);
  if (!meant || meant.by === 'before') return false;
  return still !== undefined || (runs !== undefined && meant.tag !== undefined && runs !== meant.tag);
}

/** `no effect`, `not live`: the one name of a verdict wherever people read it. */
export const verdictWord = (incident: Deploys, verdict: Verdict): string => (isNotLive(incident, verdict) ? 'not live' : verdict.kind.replace('-', ' '));

/** All that was said about a rollback, oldest first. What was judged after somebody deployed another release is not about it. */
export function verdictsOn(incident: Judged, { id }: Rollback): readonly Verdict[] {
  return Object.values(incident.verdicts)
    .filter(({ at }) => judgedAt(incident, at)?.id === id)
    .toSorted((a, b) => a.at - b.at);
}

/** Who deploys the same release once more changes nothing. */
function judgedAt(incident: Deploys, at: Instant): Rollback | undefined {
  const ours = runningNow({ ...incident, release: undefined, outside: [] }, at)?.rollback;
  const now = runningNow(incident, at);
  return now?.by === 'outside' && now.tag !== ours?.plan?.to.tag ? undefined : ours;
}

/** What the newest verdict on a rollback says of it; `unproven`: blind, or nobody looked. */
export type Result = 'helped' | 'no-effect' | 'worse' | 'not-live' | 'unproven';

export function resultOf(incident: Judged, rollback: Rollback): Result {
  const last = verdictsOn(incident, rollback).at(-1);
  if (!last) return 'unproven';
  if (isNotLive(incident, last)) return 'not-live';
  if (last.kind === 'blind') return 'unproven';
  return last.kind === 'recovered' || last.kind === 'better' ? 'helped' : last.kind;
}

/** The release that was left for good reason, as far as is known: going away from it helped, or nothing says that it did not. */
export function blamed(incident: Judged): string | undefined {
  const left = doneOf(incident).filter((one) => !isForward(one));
  const helped = left.findLast((one) => resultOf(incident, one) === 'helped');
  const kept = left.at(-1);
  const isOpen = kept !== undefined && ['unproven', 'not-live'].includes(resultOf(incident, kept));
  return (helped ?? (isOpen ? kept : undefined))?.plan.from.tag;
}

/** The release that was left without effect, while none is blamed: it was not the cause. `proven`: it runs again, and the service is well. */
export function cleared(incident: Judged): { readonly tag: string; readonly proven: boolean } | undefined {
  const done = doneOf(incident);
  const left = done.findLast((one) => !isForward(one) && resultOf(incident, one) === 'no-effect');
  if (!left || blamed(incident) !== undefined) return undefined;
  return { tag: left.plan.from.tag, proven: done.some((one) => one.undoes === left.id && resultOf(incident, one) === 'helped') };
}

/** What ran when the incident opened. Where the deployments were read only after a rollback went out, its plan knows better. */
export function atOpening({ release, rollbacks }: Pick<Incident, 'release' | 'rollbacks'>): ReleaseFacts | undefined {
  const first = Object.values(rollbacks).find(({ plan, sentAt }) => plan !== undefined && sentAt !== undefined);
  const isLate = first?.sentAt !== undefined && (release?.current === undefined || (release.deployedAt ?? 0) >= first.sentAt);
  return isLate ? { current: first.plan?.from.tag, previous: undefined, deployedAt: undefined } : release;
}
