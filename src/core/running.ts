/** Which release runs now, by everything an incident knows of deploys: its own and those of others. */
import type { Incident, Instant, OutsideChange } from './model.ts';
import { isTag } from './tag.ts';

export interface Running {
  /** undefined: something was deployed that names no release. */
  readonly tag: string | undefined;
  readonly since: Instant;
  readonly by: 'before' | 'rollback' | 'outside';
}

/** The release that should run by the last deploy we know of: the one from before, a rollback of ours, or somebody else's. */
export function runningNow({ release, rollbacks, outside }: Pick<Incident, 'release' | 'rollbacks' | 'outside'>): Running | undefined {
  const deploys: Running[] = release?.current === undefined ? [] : [{ tag: release.current, since: release.deployedAt ?? 0, by: 'before' }];
  for (const { stage, plan, endedAt } of Object.values(rollbacks))
    if (stage === 'done' && plan) deploys.push({ tag: plan.to.tag, since: endedAt ?? 0, by: 'rollback' });
  for (const change of outside) if (isDeployed(change)) deploys.push({ tag: releaseTag(change.tag), since: change.at, by: 'outside' });
  return deploys.toSorted((a, b) => a.since - b.since).at(-1);
}

/** A workflow that is dispatched on a branch deploys “main” as far as GitHub knows; a release tag has a number in it. */
const releaseTag = (tag: string | undefined): string | undefined => (tag !== undefined && isTag(tag) && /\d/.test(tag) ? tag : undefined);

/** It went through, so something else may run now. */
export const isDeployed = ({ what, state }: OutsideChange): boolean => state === 'success' && (what === 'deployment' || what === 'run');
