/** Which release runs, by everything an incident knows of deploys: its own and those of others. */
import type { Incident, Instant, OutsideChange } from './model.ts';
import type { Rollback } from './rollback.ts';
import { isTag } from './tag.ts';
import type { Verdict } from './verdict.ts';

export interface Running {
  /** undefined: something was deployed that names no release. */
  readonly tag: string | undefined;
  readonly since: Instant;
  readonly by: 'before' | 'rollback' | 'outside';
  /** The rollback that brought it. */
  readonly rollback?: Rollback;
}
type Deploys = Pick<Incident, 'release' | 'rollbacks' | 'outside'>;

/** A run ends soon after the deployment it makes; both are one change. */
const SAME_DEPLOY_MS = 15 * 60_000;

/** The release that should run by the last deploy we know of: the one from before, a rollback of ours, or somebody else's. `at`: as it was then. */
export function runningNow({ release, rollbacks, outside }: Deploys, at: Instant = Number.POSITIVE_INFINITY): Running | undefined {
  const deploys: Running[] = release?.current === undefined ? [] : [{ tag: release.current, since: release.deployedAt ?? 0, by: 'before' }];
  for (const rollback of Object.values(rollbacks))
    if (rollback.stage === 'done' && rollback.plan) deploys.push({ tag: rollback.plan.to.tag, since: rollback.endedAt ?? 0, by: 'rollback', rollback });
  for (const change of outside)
    if (isDeployed(change) && !isEndOf(change, outside)) deploys.push({ tag: releaseTag(change.tag), since: change.at, by: 'outside' });
  return deploys
    .filter(({ since, by }) => by === 'before' || since <= at)
    .toSorted((a, b) => a.since - b.since)
    .at(-1);
}

/** A workflow that is dispatched on a branch deploys “main” as far as GitHub knows; a release tag has a number in it. */
const releaseTag = (tag: string | undefined): string | undefined => (tag !== undefined && isTag(tag) && /\d/.test(tag) ? tag : undefined);

/** It went through, so something else may run now. */
export const isDeployed = ({ what, state }: OutsideChange): boolean => state === 'success' && (what === 'deployment' || what === 'run');

/** Is it the end of the run that made a deployment we know of? The deployment says which release it was; a run names its branch. */
export function isEndOf(change: OutsideChange, others: readonly OutsideChange[]): boolean {
  return change.what === 'run' && others.some((other) => other.what === 'deployment' && isDeployed(other) && Math.abs(change.at - other.at) < SAME_DEPLOY_MS);
}

/** What the service itself has answered since this deploy; a verdict from before says nothing about it. */
export function answersSince({ verdict }: Pick<Incident, 'verdict'>, { since }: Running): Pick<Verdict, 'runs' | 'still'> | undefined {
  return verdict && verdict.at >= since ? verdict : undefined;
}

/** The release that runs in words for people, with the doubt there is about it; undefined: nothing is known. */
export function sayRunning(incident: Deploys & Pick<Incident, 'verdict'>): string | undefined {
  const now = runningNow(incident);
  if (!now || now.by === 'before') return now?.tag;
  const { tag = 'something that names no release' } = now;
  const answers = answersSince(incident, now);
  if (!answers) return `${tag} (deployed, not verified yet)`;
  if (answers.still) return `${tag} (deployed, but ${answers.still.tag} still answers on ${answers.still.count} of ${answers.still.asked})`;
  return answers.runs ?? `${tag} (deployed, not proven by its own answer)`;
}
