/** Sends the requests of a plan, in order, each once. Of several, half is never left: what was done goes on or is taken back. */
import type { Instant } from '../core/model.ts';
import type { Rollback, RollbackPlan, RunReference } from '../core/rollback.ts';
import { shortOf } from '../core/short.ts';
import { applyAction } from '../github/apply.ts';
import { usualDurationMs } from '../github/follow.ts';
import { Failure } from '../lib/failure.ts';
import { again, type DeedAsk, type DeedEnd, type DeedParts, isFinal, LOOK_EVERY_MS, refused, sent } from './rollback-parts.ts';
import { beginTakingBack } from './rollback-take-back.ts';
import { workflowOf } from './rollback-track.ts';

export type Approved = Rollback & { readonly plan: RollbackPlan };

/** `from`: how many of the plan's requests are known to have been done. Throws what may be tried again while the approval stands. */
export async function deliver(parts: DeedParts, ask: DeedAsk, { rollback, from }: { rollback: Approved; from: number }): Promise<DeedEnd> {
  const { plan, expiresAt = 0 } = rollback;
  const sentAt = parts.now();
  const usual = usualOf(parts, ask, rollback);
  const { run, done, failure } = await sendAll(parts, ask, { plan, from });
  if (!failure) {
    if (run) return sent(ask.id, run, { because: 'GitHub accepted the request', usualMs: await usual });
    return again(parts.now() + LOOK_EVERY_MS, { acceptedAt: sentAt, done: plan.actions.length - 1 });
  }
  // Perhaps it is running already: from here on only reading is allowed.
  if (failure.unclear) return again(parts.now() + LOOK_EVERY_MS, { lostAt: sentAt, done });
  const mayPass = !isFinal(failure);
  // Half is done, and GitHub will take the rest while the approval stands: the next look finds what was done and goes on.
  if (done > 0 && mayPass && (failure.retryAt ?? 0) < expiresAt)
    return again(failure.retryAt ?? parts.now() + LOOK_EVERY_MS, { acceptedAt: sentAt, done: done - 1 });
  if (done > 0)
    return beginTakingBack(parts, { done, because: `GitHub refused request ${done + 1} of ${plan.actions.length} (${shortOf(failure)})`, code: failure.code });
  if (failure.retryAt !== undefined && failure.retryAt >= expiresAt)
    return refused(ask.id, failure.code, `${failure.message}; the approval ends before GitHub takes requests again`);
  if (!mayPass) return refused(ask.id, failure.code, shortOf(failure));
  throw failure;
}

/** The first requests are known to have been done; the others follow while the approval stands, or the first are taken back. */
export async function goOn(parts: DeedParts, ask: DeedAsk, { rollback, from }: { rollback: Approved; from: number }): Promise<DeedEnd> {
  if (parts.now() < (rollback.expiresAt ?? 0)) return deliver(parts, ask, { rollback, from });
  const because = `the approval expired after request ${from} of ${rollback.plan.actions.length}`;
  return beginTakingBack(parts, { done: from, because, code: 'E_EXPIRED' });
}

interface Delivery {
  readonly run: RunReference | undefined;
  /** How many of the plan's requests were done. */
  readonly done: number;
  readonly failure: Failure | undefined;
}

async function sendAll(parts: DeedParts, ask: DeedAsk, { plan, from }: { plan: RollbackPlan; from: number }): Promise<Delivery> {
  let run: RunReference | undefined;
  for (const [index, action] of plan.actions.entries()) {
    if (index < from) continue;
    try {
      run = (await applyAction(parts.github, plan.repo, { action, signal: ask.aid.signal })) ?? run;
    } catch (error) {
      if (error instanceof Failure) return { run, done: index, failure: error };
      throw error;
    }
  }
  return { run, done: plan.actions.length, failure: undefined };
}

/** Read while the request is under way; it must never hold it up, nor fail it. */
function usualOf({ github }: DeedParts, { aid }: DeedAsk, rollback: Approved): Promise<Instant | undefined> {
  const workflow = workflowOf(rollback);
  return workflow === undefined ? Promise.resolve(undefined) : usualDurationMs(github, rollback.plan.repo, { workflow, signal: aid.signal });
}
