/** An end nobody saw: from there on GitHub is only read (docs/decisions/0003-look-before-repeating.md). */
import type { Instant, Json } from '../core/model.ts';
import type { RollbackPlan, RunReference } from '../core/rollback.ts';
import { findAction } from '../github/apply.ts';
import { type DeedAsk, type DeedEnd, type DeedParts, keyOf, later, sent, unknown } from './rollback-parts.ts';

/** An unclear outcome is looked up this long; then people decide. It is never sent again by itself. */
const LOOK_UP_MS = 120_000;
export const LOOK_EVERY_MS = 3_000;
/** After a crash GitHub is asked this often, so many ms apart, before "it was never sent" is believed: lists lag by seconds. */
const LOOKS_AFTER_CRASH = 3;

/** Written with `later`, read by the next attempt. */
export interface ApplyMemo {
  /** The answer of a request we surely sent was lost at this time. */
  readonly lostAt?: Instant;
  /** GitHub took the request but did not say which run it started. */
  readonly acceptedAt?: Instant;
  readonly looks?: number;
}
export const again = (due: Instant, memo: ApplyMemo) => ({ ...later(due, memo as Json), unclear: true }); // ApplyMemo holds numbers only

/** The request went out and no answer, or no run id, came back. Looked up for two minutes; then its state is unknown and people are told. */
export async function lookUp(parts: DeedParts, ask: DeedAsk, known: { plan: RollbackPlan; memo: ApplyMemo }): Promise<DeedEnd> {
  const since = known.memo.lostAt ?? known.memo.acceptedAt ?? parts.now();
  const found = await look(parts, ask, { plan: known.plan, since });
  if (typeof found === 'object') return sent(ask.id, found, { because: 'found on GitHub by its key' });
  if (parts.now() - since < LOOK_UP_MS) return again(parts.now() + LOOK_EVERY_MS, { ...known.memo });
  return unknown(ask.id, 'GitHub gave no answer and shows nothing with our key; look there before anybody sends it again');
}

/** The process died after it had written down that it would send. Found: adopt it. Surely absent: undefined, it may be sent. */
export async function lookAfterCrash(
  parts: DeedParts,
  ask: DeedAsk,
  known: { plan: RollbackPlan; memo: ApplyMemo; since: Instant },
): Promise<DeedEnd | undefined> {
  const found = await look(parts, ask, known);
  if (typeof found === 'object') return sent(ask.id, found, { because: 'found on GitHub after a restart' });
  const looks = (known.memo.looks ?? 0) + 1;
  if (looks < LOOKS_AFTER_CRASH || (found === 'unknown' && parts.now() - known.since < LOOK_UP_MS)) return again(parts.now() + LOOK_EVERY_MS, { looks });
  if (found === 'absent') return undefined;
  return unknown(ask.id, 'we stopped while it was being sent, and GitHub cannot tell us whether it arrived; look there before anybody sends it again');
}

/** All actions of the plan are there, or at least one surely is not, or GitHub cannot tell. */
async function look(parts: DeedParts, ask: DeedAsk, known: { plan: RollbackPlan; since: Instant }): Promise<RunReference | 'absent' | 'unknown'> {
  let answer: RunReference | 'absent' | 'unknown' = 'absent';
  for (const action of known.plan.actions) {
    answer = await findAction(parts.github, known.plan.repo, { action, since: known.since, key: keyOf(ask), signal: ask.aid.signal });
    if (typeof answer !== 'object') return answer;
  }
  return answer;
}
