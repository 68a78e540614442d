/** An end nobody saw: from there on GitHub is only read (docs/decisions/0003-look-before-repeating.md). */
import type { Instant } from '../core/model.ts';
import type { RunReference } from '../core/rollback.ts';
import { findAction } from '../github/apply.ts';
import { type Approved, goOn } from './rollback-deliver.ts';
import { type ApplyMemo, again, type DeedAsk, type DeedEnd, type DeedParts, keyOf, LOOK_EVERY_MS, sent, unknown } from './rollback-parts.ts';

/** An unclear outcome is looked up this long; then people decide. It is never sent again by itself. */
const LOOK_UP_MS = 120_000;
/** After a crash GitHub is asked this often, so many ms apart, before "it was never sent" is believed: lists lag by seconds. */
const LOOKS_AFTER_CRASH = 3;

/** A request went out and no answer, or no run id, came back. Looked up for two minutes; then its state is unknown and people are told. */
export async function lookUp(parts: DeedParts, ask: DeedAsk, { rollback, memo }: { rollback: Approved; memo: ApplyMemo }): Promise<DeedEnd> {
  const since = memo.lostAt ?? memo.acceptedAt ?? parts.now();
  const { done = 0 } = memo;
  const found = await look(parts, ask, { rollback, since, index: done });
  if (typeof found === 'object') {
    const isLast = done === rollback.plan.actions.length - 1;
    return isLast ? sent(ask.id, found, { because: 'found on GitHub by its key' }) : goOn(parts, ask, { rollback, from: done + 1 });
  }
  if (parts.now() - since < LOOK_UP_MS) return again(parts.now() + LOOK_EVERY_MS, { ...memo });
  const before = done === 0 ? '' : `; ${done} of ${rollback.plan.actions.length} requests were done before`;
  return unknown(ask.id, `GitHub gave no answer and shows nothing with our key${before}; look there before anybody sends it again`);
}

/** The process died after it had written down that it would send. Found: adopt it. Surely absent: undefined, it may be sent. */
export async function lookAfterCrash(
  parts: DeedParts,
  ask: DeedAsk,
  { rollback, memo, since }: { rollback: Approved; memo: ApplyMemo; since: Instant },
): Promise<DeedEnd | undefined> {
  let [done, found] = [0, await look(parts, ask, { rollback, since, index: 0 })];
  while (typeof found === 'object' && done < rollback.plan.actions.length - 1) found = await look(parts, ask, { rollback, since, index: ++done });
  if (typeof found === 'object') return sent(ask.id, found, { because: 'found on GitHub after a restart' });
  const looks = (memo.looks ?? 0) + 1;
  if (looks < LOOKS_AFTER_CRASH || (found === 'unknown' && parts.now() - since < LOOK_UP_MS)) return again(parts.now() + LOOK_EVERY_MS, { looks });
  if (found === 'absent') return done === 0 ? undefined : goOn(parts, ask, { rollback, from: done });
  return unknown(ask.id, 'we stopped while it was being sent, and GitHub cannot tell us whether it arrived; look there before anybody sends it again');
}

function look(
  parts: DeedParts,
  ask: DeedAsk,
  { rollback, since, index }: { rollback: Approved; since: Instant; index: number },
): Promise<RunReference | 'absent' | 'unknown'> {
  const { repo, actions } = rollback.plan;
  const action = actions[index];
  if (!action) return Promise.resolve('unknown');
  return findAction(parts.github, repo, { action, since, key: keyOf(ask), signal: ask.aid.signal });
}
