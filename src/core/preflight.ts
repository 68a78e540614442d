/**
 * Facts of two releases and what is about to be done → checks, each with a verdict and a reason. `block` refuses, `danger` needs two people and
 * their reasons, `warn` names what to watch. What does not matter for this way is not asked; what could not be found out is never a pass.
 */
import { changedFiles } from './preflight-changes.ts';
import { CHECKS, type Draft, type Way } from './preflight-check.ts';
import { artifacts, environment, workflow } from './preflight-deed.ts';
import { otherDeployments, provenBefore } from './preflight-history.ts';
import { migrations } from './preflight-migrations.ts';
import { currentKnown, differs, direction, releasesBetween, targetExists } from './preflight-target.ts';
import type { Check } from './rollback.ts';
import type { RollbackFacts } from './rollback-facts.ts';

export { CHECKS, type Draft };

/** Worst first, so that a card that shows only some shows those; within a verdict in the order a reader asks. */
export function preflight(facts: RollbackFacts, draft: Draft): readonly Check[] {
  const ends = [targetExists(facts, draft), currentKnown(facts)];
  const { target, current } = facts;
  if (target === undefined || current === undefined) return worstFirst(ends);
  const way: Way = { facts: { ...facts, target, current }, draft, forward: draft.direction === 'forward', from: current.tag, to: target.tag };
  const change = target.tag === current.tag ? [] : [direction(way), releasesBetween(way), provenBefore(way), migrations(way), ...changedFiles(way)];
  const again = target.tag === current.tag ? [provenBefore(way)] : [];
  const checks = [...ends, differs(way), ...change, ...again, artifacts(way), workflow(way), environment(way), otherDeployments(way)];
  return worstFirst(checks.filter((check) => check !== undefined));
}

const SEVERITY = { block: 0, danger: 1, warn: 2, ok: 3 } as const;
const worstFirst = (checks: readonly Check[]): readonly Check[] => checks.toSorted((a, b) => SEVERITY[a.verdict] - SEVERITY[b.verdict]);
