/** Forward again after a rollback that did not help: what that rollback stored before it was sent, under a key of its own. */
import type { RollbackAction, RollbackPlan } from '../core/rollback.ts';
import type { RollbackFacts } from '../core/rollback-facts.ts';
import type { Proposed } from './propose.ts';
import { rekey, undoKey } from './rekey.ts';

export interface Undo {
  /** Of the rollback that is taken back. */
  readonly plan: RollbackPlan;
  /** The new rollback's key, and that of the one it takes back: `INC-42/rb2`, `INC-42/rb1`. */
  readonly key: string;
  readonly oldKey: string;
}

export function goForward(facts: RollbackFacts, { plan, key, oldKey }: Undo): Proposed {
  const because = whyNot(facts, plan);
  if (because !== undefined) return { kind: 'none', code: 'E_PREFLIGHT', because };
  return {
    kind: 'proposed',
    strategy: plan.strategy,
    actions: plan.undo.map((action) => freshen(rekey(action, oldKey, key), facts)),
    undo: plan.actions.map((action) => rekey(action, oldKey, undoKey(key))),
    others: [],
  };
}

/** Pointers move while the release that runs stays: for these, what runs says nothing about whether there is something to take back. */
export const onlyPoints = (actions: readonly RollbackAction[]): boolean =>
  actions.length > 0 && actions.every(({ kind }) => kind === 'markRelease' || kind === 'moveRef' || kind === 'openRevert');

/** The way that was stored leads from one release to another; it is not taken from elsewhere, nor to elsewhere. */
function whyNot({ repo, environment, current, target, refs }: RollbackFacts, { from, to, undo, ...made }: RollbackPlan): string | undefined {
  if (made.repo !== repo || made.environment !== environment)
    return `the way back was stored for ${made.environment} of ${made.repo}, and services.yml names ${environment} of ${repo} now`;
  const stored = `the stored way leads from ${to.tag} to ${from.tag}`;
  if (undo.length === 0) return 'no way back was stored for this rollback; ask for the tag you want instead';
  if (target !== undefined && target.tag !== from.tag) return `${stored}, not to ${target.tag}`;
  if (target !== undefined && target.sha !== from.sha)
    return `${stored} at ${short(from.sha)}, but this tag was moved and points at ${short(target.sha)} now; deploy it the usual way`;
  if (current !== undefined && current.tag !== to.tag && current.tag !== from.tag)
    return `${stored}, but ${current.tag} runs now; ask for the tag you want instead`;
  for (const action of undo) {
    const at = action.kind === 'moveRef' ? refs[action.ref] : undefined;
    if (action.kind === 'moveRef' && at !== undefined && at !== action.from)
      return `${action.ref} was moved by somebody else since: it ${at === null ? 'is gone' : `points at ${short(at)}`}, and we left it at ${short(action.from)}`;
    if (action.kind === 'openRevert' && typeof refs[`heads/${action.base}`] !== 'string') return `where ${action.base} points could not be read`;
  }
  return undefined;
}

/** What has certainly moved on since it was stored: the branch a revert was merged into, the attempts of a run. */
function freshen(action: RollbackAction, { refs, deployRuns }: RollbackFacts): RollbackAction {
  if (action.kind === 'openRevert') return { ...action, baseSha: refs[`heads/${action.base}`] ?? action.baseSha };
  const run = action.kind === 'rerunRun' ? deployRuns[action.workflow] : undefined;
  return action.kind === 'rerunRun' && run?.id === action.runId ? { ...action, attempt: run.attempt } : action;
}

const short = (sha: string): string => sha.slice(0, 7);
