/**
 * The deed itself: plan (reads only), apply (sends once), track (reads until GitHub says how it ended).
 * The plan that was approved is the plan that is sent; if the facts moved meanwhile, apply refuses and nothing is sent.
 */
import { newConcerns } from '../core/new-concerns.ts';
import { type RollbackPlan, samePlan } from '../core/rollback.ts';
import { percent } from '../core/verdict.ts';
import { type Approved, deliver } from './rollback-deliver.ts';
import { lookAfterCrash, lookUp } from './rollback-look.ts';
import { type ApplyMemo, type DeedAsk, type DeedEnd, type DeedParts, input, refused } from './rollback-parts.ts';
import { planNow } from './rollback-plan.ts';
import { takeBack } from './rollback-take-back.ts';
import { track } from './rollback-track.ts';

export interface RollbackDeed {
  plan(ask: DeedAsk): Promise<DeedEnd>;
  apply(ask: DeedAsk): Promise<DeedEnd>;
  track(ask: DeedAsk): Promise<DeedEnd>;
}

export function createDeed(parts: DeedParts): RollbackDeed {
  return { plan: (ask) => plan(parts, ask), apply: (ask) => apply(parts, ask), track: (ask) => track(parts, ask) };
}

async function plan(parts: DeedParts, ask: DeedAsk): Promise<DeedEnd> {
  const rollback = ask.incident.rollbacks[ask.id];
  if (rollback?.stage !== 'planning') return { kind: 'done' };
  if (!ask.service) return refused(ask.id, 'E_NOT_ALLOWED', `services.yml does not know ${ask.incident.service}, so there is nothing to roll back`);
  const planned = await planNow(parts, ask, rollback);
  if (planned.kind === 'plan') return input({ kind: 'rollbackPlanned', id: ask.id, plan: planned.plan });
  return refused(ask.id, planned.code, planned.because);
}

async function apply(parts: DeedParts, ask: DeedAsk): Promise<DeedEnd> {
  const rollback = ask.incident.rollbacks[ask.id];
  if ((rollback?.stage !== 'applying' && rollback?.stage !== 'sending') || !rollback.plan) return { kind: 'done' };
  const approved = rollback as Approved; // its plan was checked above
  const memo = (ask.task.memo ?? {}) as ApplyMemo; // written by the deed only
  if (memo.half) return takeBack(parts, ask, { rollback: approved, half: memo.half });
  if (memo.lostAt !== undefined || memo.acceptedAt !== undefined) return lookUp(parts, ask, { rollback: approved, memo });
  if (ask.task.unclearSince !== undefined) {
    const found = await lookAfterCrash(parts, ask, { rollback: approved, memo, since: ask.task.unclearSince });
    if (found) return found;
  }
  return send(parts, ask, approved);
}

async function send(parts: DeedParts, ask: DeedAsk, rollback: Approved): Promise<DeedEnd> {
  const objection = (await movedMeanwhile(parts, ask, rollback)) ?? (rollback.approvals.length === 0 ? await notBadAnyMore(parts, ask) : undefined);
  if (objection) return objection;
  if (parts.now() >= (rollback.expiresAt ?? 0)) return refused(ask.id, 'E_EXPIRED', 'the approval expired before it could be sent');
  // Stored first; a cancellation that was stored before it wins, and then nothing is sent.
  await ask.aid.begin({ kind: 'rollbackSending', id: ask.id });
  if ((await parts.incident(ask.incident.id)).rollbacks[ask.id]?.stage !== 'sending') return { kind: 'done' };
  return deliver(parts, ask, { rollback, from: 0 });
}

async function movedMeanwhile(parts: DeedParts, ask: DeedAsk, rollback: Approved): Promise<DeedEnd | undefined> {
  if (rollback.expiresAt === undefined || parts.now() >= rollback.expiresAt)
    return refused(ask.id, 'E_EXPIRED', 'the approval expired before it could be sent');
  const fresh = await planNow(parts, ask, rollback);
  if (fresh.kind !== 'plan') return refused(ask.id, fresh.code, `the facts moved after the approval: ${fresh.because}`);
  if (!samePlan(rollback.plan, fresh.plan)) return refused(ask.id, 'E_PLAN_MOVED', moved(rollback.plan, fresh.plan));
  const { light, checks } = fresh.plan;
  // What nobody agreed to must still be green; who agreed has agreed to what they were shown, and is asked again about anything else.
  if (rollback.approvals.length > 0)
    return newConcerns(rollback.plan, fresh.plan).length > 0 ? input({ kind: 'rollbackPlanned', id: ask.id, plan: fresh.plan }) : undefined;
  if (light === 'green') return undefined;
  return refused(ask.id, 'E_PLAN_MOVED', `the pre-flight turned ${light} after the countdown began: ${checks[0]?.because ?? 'a check failed'}`);
}

/** Nobody has looked before it: so it starts neither blind nor when the trouble is over. */
async function notBadAnyMore(parts: DeedParts, { service, id, aid }: DeedAsk): Promise<DeedEnd | undefined> {
  const rate = service?.health.errorRate;
  const newest = service && rate ? await parts.errorRate(service, aid.signal) : undefined;
  if (!rate || !newest) return refused(id, 'E_NOT_NOW', 'there is no error rate to see, and an automatic rollback never starts blind');
  if (newest.value > rate.threshold) return undefined;
  return refused(id, 'E_NOT_NOW', `the error rate is ${percent(newest.value)} by now, not above ${percent(rate.threshold)}`);
}

function moved(approved: RollbackPlan, fresh: RollbackPlan): string {
  const parts = [
    approved.from.tag === fresh.from.tag ? undefined : `${fresh.from.tag} runs now, not ${approved.from.tag}`,
    approved.to.sha === fresh.to.sha
      ? undefined
      : `${approved.to.tag} pointed at ${approved.to.sha.slice(0, 7)} when it was approved and points at ${fresh.to.sha.slice(0, 7)} now`,
  ].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join('; ') : 'the requests that would be sent are not the ones that were approved';
}
