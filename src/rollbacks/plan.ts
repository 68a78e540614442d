/** Facts and policy → a plan to show and approve, or a refusal. Pure: nothing has happened when it returns. */
import { CHECKS, preflight } from '../core/preflight.ts';
import { type Approve, type Check, lightOf, type RollbackAction, type RollbackPlan } from '../core/rollback.ts';
import type { RollbackFacts } from '../core/rollback-facts.ts';
import type { Service, WatchGlobs } from '../core/service.ts';
import { goForward, onlyPoints, type Undo } from './go-forward.ts';
import { type Proposed, propose, runsAlready } from './propose.ts';
import { REDEPLOY } from './redeploy.ts';
import { aheadOfRelease } from './revert-body.ts';
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
  /** The strategy somebody chose: this one makes the plan, or none does. */
  readonly strategy?: string | undefined;
  /** Forward again: the plan is what that rollback stored. */
  readonly undo?: Undo | undefined;
  /** The service's own globs of files whose change deserves a look; undefined: the usual ones. */
  readonly watch?: WatchGlobs | undefined;
}
export type RefusalCode = 'E_TAG_SYNTAX' | 'E_TAG_UNKNOWN' | 'E_NOOP' | 'E_FORWARD' | 'E_BUSY' | 'E_PREFLIGHT';
export type Planned =
  | { readonly kind: 'plan'; readonly plan: RollbackPlan }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly because: string; readonly checks: readonly Check[] };

export function makePlan(ask: PlanAsk): Planned {
  const { facts } = ask;
  const proposed = ask.undo === undefined ? propose(ask) : goForward(facts, ask.undo);
  const checks = checksOf(ask, proposed);
  const blocks = checks.filter(({ verdict }) => verdict === 'block');
  const [first] = blocks;
  if (first !== undefined) return { kind: 'refused', code: codeOf(first, facts), because: blocks.map(({ because }) => because).join('; '), checks };
  // Both are checks that block; said again for the compiler, and for whoever takes such a check away.
  if (facts.current === undefined || facts.target === undefined)
    return { kind: 'refused', code: 'E_PREFLIGHT', because: 'from which release to which is not known', checks };
  if (proposed.kind === 'none') return { kind: 'refused', code: proposed.code, because: proposed.because, checks };
  const { tag, sha, publishedAt, url } = facts.target;
  const { strategy, actions, undo, others } = proposed;
  const plan: RollbackPlan = {
    strategy,
    direction: ask.undo === undefined ? 'back' : 'forward',
    repo: facts.repo,
    environment: facts.environment,
    from: facts.current,
    to: { tag, sha, publishedAt, url },
    checks,
    light: lightOf(checks),
    actions,
    undo,
    others,
    compareUrl: facts.compare?.url,
    commits: facts.compare?.commits,
    authors: facts.compare?.authors ?? [],
    pulls: facts.compare?.pulls ?? [],
    approve: ask.approve,
  };
  return { kind: 'plan', plan };
}

function checksOf({ facts, tag, configured, undo, watch }: PlanAsk, proposed: Proposed): readonly Check[] {
  const actions = proposed.kind === 'proposed' ? proposed.actions : [];
  const putsBack = undo !== undefined && onlyPoints(undo.plan.undo);
  // Also where no redeploy applies: then its reason says more than "it is live already".
  const mayStay = putsBack || (undo === undefined && configured.some(({ use }) => use === REDEPLOY));
  const checks = preflight(facts, {
    tag,
    actions,
    direction: undo === undefined ? 'back' : 'forward',
    redeploy: mayStay && runsAlready(facts),
    ...(watch && { watch }),
  }).map((check) => (putsBack && runsAlready(facts) ? nothingDeployed(check) : check));
  const isGood = ({ verdict }: Check): boolean => verdict === 'ok';
  return [...checks.filter((check) => !isGood(check)), ...actions.flatMap((action) => newerThanRelease(facts, action)), ...checks.filter(isGood)];
}

/** Of pointers that are put back while the same release runs on. */
const nothingDeployed = (check: Check): Check =>
  check.name === CHECKS.differs && check.verdict === 'ok' ? { ...check, because: 'nothing is deployed; what was marked or moved is put back' } : check;

/** Name of the planner's own check; those of the pre-flight know no strategy. */
export const REVERT_CHECK = 'Revert';

function newerThanRelease({ current }: RollbackFacts, action: RollbackAction): readonly Check[] {
  if (action.kind !== 'openRevert' || current === undefined) return [];
  const because = aheadOfRelease(action, current, (text) => text);
  if (because === undefined) return [];
  return [
    { name: REVERT_CHECK, verdict: 'warn', because, watch: `what was merged into ${action.base} and is not released yet must be brought back afterwards` },
  ];
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
