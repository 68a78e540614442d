/** What the strategies of a service asked for by name, and what guards its environment. */
import type { Reads, RollbackFacts } from '../core/rollback-facts.ts';
import { attempt } from './attempt.ts';
import { deployRunOf, readSuccessfulRuns, type SuccessfulRuns, type Target } from './deploy-runs.ts';
import type { Desk } from './desk.ts';
import { readProtection } from './environment.ts';
import { findRefCommit } from './refs.ts';
import { workflowName } from './workflow.ts';

export interface Asked {
  readonly protection: RollbackFacts['protection'];
  readonly refs: RollbackFacts['refs'];
  /** By the name that was asked for. */
  readonly runs: ReadonlyMap<string, SuccessfulRuns | undefined>;
  readonly gaps: readonly string[];
}

/** Needs nothing else to be known, so it is read beside the lists. */
export async function readAsked(desk: Desk, reads: readonly Reads[], environment: string): Promise<Asked> {
  const gaps: string[] = [];
  const optional = async <T>(name: string, work: Promise<T>): Promise<T | undefined> => {
    const tried = await attempt(name, work);
    if (!tried.ok) gaps.push(tried.gap);
    return tried.ok ? tried.value : undefined;
  };
  const each = <T>(names: readonly (string | undefined)[], read: (name: string) => Promise<T>): Promise<(readonly [string, T])[]> =>
    Promise.all([...new Set(names.filter((name) => name !== undefined))].map(async (name) => [name, await read(name)] as const));
  const [protection, refs, runs] = await Promise.all([
    optional('protection', readProtection(desk, environment)),
    each(
      reads.map(({ ref }) => ref),
      (ref) =>
        optional(
          'ref',
          findRefCommit(desk, ref).then((sha) => sha ?? null),
        ),
    ),
    each(
      reads.map((one) => one.deployRunOf),
      (name) => optional('deploy runs', readSuccessfulRuns(desk, workflowName(name).file)),
    ),
  ]);
  return { protection, refs: Object.fromEntries(refs), runs: new Map(runs), gaps };
}

/** Of each workflow asked for, the run that deployed the target; what is not certain is undefined and told to `onGap`. */
export function deployRunsOf({ runs }: Asked, target: Target | undefined, onGap: (gap: string) => void): RollbackFacts['deployRuns'] {
  return Object.fromEntries(
    [...runs].map(([name, successful]) => {
      const found = successful && target && deployRunOf(successful, target);
      if (successful && target && found === undefined)
        onGap(`deploy runs: none of the newest successful runs of ${name} is of ${target.tag}; older ones were not read`);
      return [name, found];
    }),
  );
}
