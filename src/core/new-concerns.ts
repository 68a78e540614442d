/** An approved plan beside the one made of the facts right before it is sent: what speaks against it now that nobody was shown. */
import type { Check, RollbackPlan } from './rollback.ts';

const RANKS: readonly Check['verdict'][] = ['ok', 'warn', 'danger', 'block'];
const rank = ({ verdict }: Check): number => RANKS.indexOf(verdict);

/** What has merely got better, or older, is not new. */
export function newConcerns(approved: Pick<RollbackPlan, 'checks'>, now: Pick<RollbackPlan, 'checks'>): readonly Check[] {
  return now.checks.filter((check) => check.verdict !== 'ok' && !approved.checks.some((known) => shows(known, check)));
}

/** Has whoever read `known` read of `check`? */
function shows(known: Check, check: Check): boolean {
  if (known.name !== check.name || rank(known) < rank(check)) return false;
  const isSameThing = check.about && known.about ? isPartOf(check.about, known.about) : known.because === check.because;
  return isSameThing && (check.files === undefined || isPartOf(check.files, known.files));
}

const isPartOf = (some: readonly string[], all: readonly string[] = []): boolean => some.every((one) => all.includes(one));

/** Name of the check that stands first in a plan that has to be approved again. */
export const RENEWED = 'New since it was approved';

/** The plan as people are asked for it again. */
export function renewed(plan: RollbackPlan, news: readonly Check[], approvers: string): RollbackPlan {
  const because = `${news.map(({ name }) => name).join(', ')}: ${approvers} approved a plan that did not show this; nothing was sent`;
  return { ...plan, checks: [{ name: RENEWED, verdict: 'warn', because }, ...plan.checks] };
}
