/** Which of a service's strategies makes the plan, and why the others do not. */
import type { RollbackAction, RollbackPlan } from '../core/rollback.ts';
import type { RollbackFacts } from '../core/rollback-facts.ts';
import { isTag } from '../core/tag.ts';
import type { PlanAsk, RefusalCode } from './plan.ts';
import { REDEPLOY } from './redeploy.ts';
import type { Proposal } from './strategy.ts';

export type Proposed =
  | {
      readonly kind: 'proposed';
      readonly strategy: string;
      readonly actions: readonly RollbackAction[];
      readonly undo: readonly RollbackAction[];
      readonly others: RollbackPlan['others'];
    }
  | { readonly kind: 'none'; readonly code: RefusalCode; readonly because: string };

interface Answer {
  readonly use: string;
  readonly proposal: Proposal;
}

export function propose(ask: PlanAsk): Proposed {
  const { facts, configured, strategy: chosen } = ask;
  const answers = configured.map(({ use, options }): Answer => ({ use, proposal: planWith(ask, use, options) }));
  const none = (because: string): Proposed => ({ kind: 'none', code: hasOddName(facts) ? 'E_TAG_SYNTAX' : 'E_PREFLIGHT', because });
  if (answers.length === 0) return none('services.yml names no rollback strategy for this service');
  const asked = chosen === undefined ? answers : answers.filter(({ use }) => use === chosen);
  if (asked.length === 0) return none(`services.yml does not list ${chosen ?? ''} for this service; it lists ${names(answers)}`);
  const first = asked.find(({ proposal }) => proposal.kind === 'applicable');
  if (first?.proposal.kind !== 'applicable') {
    const reasons = asked.map(({ use, proposal }) => `${use}: ${reasonOf(proposal)}`).join('; ');
    return none(chosen === undefined ? `no strategy applies (${reasons})` : `the strategy that was chosen does not apply (${reasons})`);
  }
  const { actions, undo } = first.proposal;
  return { kind: 'proposed', strategy: first.use, actions, undo, others: othersOf(answers, first, chosen !== undefined) };
}

function planWith({ facts, strategies, key, reason }: PlanAsk, use: string, options: PlanAsk['configured'][number]['options']): Proposal {
  const strategy = strategies.find((one) => one.use === use);
  if (strategy === undefined) return { kind: 'not-applicable', because: 'there is no such strategy' };
  if (runsAlready(facts) && use !== REDEPLOY)
    return { kind: 'not-applicable', because: `${facts.target?.tag ?? ''} runs already; only ${REDEPLOY} deploys it once more` };
  return strategy.plan(facts, options, { key, reason });
}

export const runsAlready = ({ target, current }: RollbackFacts): boolean => target !== undefined && target.tag === current?.tag;

function othersOf(answers: readonly Answer[], first: Answer, isChosen: boolean): RollbackPlan['others'] {
  const place = answers.indexOf(first);
  const why = ({ proposal }: Answer, index: number): string => {
    if (proposal.kind === 'not-applicable') return proposal.because;
    return isChosen && index < place ? `${first.use} was chosen instead` : 'comes later in services.yml';
  };
  const all = answers.map((answer, index) => ({ strategy: answer.use, applicable: answer.proposal.kind === 'applicable', because: why(answer, index) }));
  return all.filter((_, index) => index !== place);
}

const reasonOf = (proposal: Proposal): string => (proposal.kind === 'not-applicable' ? proposal.because : '');
const names = (answers: readonly Answer[]): string => [...new Set(answers.map(({ use }) => use))].join(', ');

/** Then the names are at fault, whatever else is. */
const hasOddName = ({ target, current }: RollbackFacts): boolean => [target, current].some((release) => release !== undefined && !isTag(release.tag));
