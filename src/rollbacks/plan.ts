/** Facts and policy → a plan to show and approve, or a refusal. Pure: nothing has happened when it returns. */
import { CHECKS, preflight } from '../core/preflight.ts';
import { type Approve, type Check, lightOf, type RollbackAction, type RollbackPlan } from '../core/rollback.ts';
import type { RollbackFacts } from '../core/rollback-facts.ts';
import type { Service } from '../core/service.ts';
import type { RollbackStrategy } from './strategy.ts';

export interface PlanAsk {
  readonly facts: RollbackFacts;
  /** Every strategy there is. */
  readonly strategies: readonly RollbackStrategy[];
  /** Those of the service, in its order; the first one that applies makes the plan. */
  readonly configured: Service['rollback']['strategies'];
  readonly approve: Approve;
  /** Incident id and rollback id, `INC-42/rb1`. */
  readonly key: string;
  readonly reason: string;
  /** The tag somebody named, so that a refusal can name the nearest ones; undefined: it was chosen. */
  readonly tag?: string | undefined;
}
export type RefusalCode = 'E_TAG_SYNTAX' | 'E_TAG_UNKNOWN' | 'E_NOOP' | 'E_FORWARD' | 'E_BUSY' | 'E_PREFLIGHT';
export type Planned =
  | { readonly kind: 'plan'; readonly plan: RollbackPlan }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly because: string; readonly checks: readonly Check[] };

export function makePlan(ask: PlanAsk): Planned {
  const { facts } = ask;
  const proposed = propose(ask);
  const checks = preflight(facts, { tag: ask.tag, actions: proposed.actions });
  const blocks = checks.filter(({ verdict }) => verdict === 'block');
  const [first] = blocks;
  if (first !== undefined) return { kind: 'refused', code: codeOf(first, facts), because: blocks.map(({ because }) => because).join('; '), checks };
  // Both are checks that block; said again for the compiler, and for whoever takes such a check away.
  if (facts.current === undefined || facts.target === undefined)
    return { kind: 'refused', code: 'E_PREFLIGHT', because: 'from which release to which is not known', checks };
  if (proposed.strategy === undefined) return { kind: 'refused', code: 'E_PREFLIGHT', because: proposed.because, checks };
  const { tag, sha, publishedAt, url } = facts.target;
  const plan: RollbackPlan = {
    strategy: proposed.strategy,
    repo: facts.repo,
    environment: facts.environment,
    from: facts.current,
    to: { tag, sha, publishedAt, url },
    direction: 'back',
    checks,
    light: lightOf(checks),
    actions: proposed.actions,
    undo: proposed.undo,
    others: [],
    pulls: facts.compare?.pulls ?? [],
    compareUrl: facts.compare?.url,
    commits: facts.compare?.commits,
    authors: facts.compare?.authors ?? [],
    approve: ask.approve,
  };
  return { kind: 'plan', plan };
}

type Proposed = { readonly actions: readonly RollbackAction[]; readonly undo: readonly RollbackAction[] } & (
  | { readonly strategy: string }
  | { readonly strategy: undefined; readonly because: string }
);

function propose({ facts, strategies, configured, key, reason }: PlanAsk): Proposed {
  const refusals: string[] = [];
  for (const { use, options } of configured) {
    const proposal = strategies.find((strategy) => strategy.use === use)?.plan(facts, options, { key, reason });
    if (proposal?.kind === 'applicable') return { strategy: use, actions: proposal.actions, undo: proposal.undo };
    refusals.push(`${use}: ${proposal?.because ?? 'there is no such strategy'}`);
  }
  const because = refusals.length === 0 ? 'services.yml names no rollback strategy for this service' : `no strategy applies (${refusals.join('; ')})`;
  return { strategy: undefined, actions: [], undo: [], because };
}

function codeOf({ name }: Check, facts: RollbackFacts): RefusalCode {
  switch (name) {
    case CHECKS.target:
      // It is there, so its name is at fault.
      if (facts.target !== undefined) return 'E_TAG_SYNTAX';
      // Published, but its commit could not be read: the tag is not at fault.
      return facts.gaps.some((gap) => gap.startsWith('target: could not')) ? 'E_PREFLIGHT' : 'E_TAG_UNKNOWN';
    case CHECKS.differs:
      return 'E_NOOP';
    case CHECKS.older:
      return 'E_FORWARD';
    case CHECKS.quiet:
      return 'E_BUSY';
    default:
      return 'E_PREFLIGHT';
  }
}
