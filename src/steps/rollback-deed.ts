/**
 * The deed itself: plan (reads only), apply (sends once), track (reads until GitHub says how it ended).
 * The plan that was approved is the plan that is sent; if the facts moved meanwhile, apply refuses and nothing is sent.
 */
import type { Rollback, RollbackAction, RollbackPlan, RunReference } from '../core/rollback.ts';
import { samePlan } from '../core/rollback.ts';
import { shortOf } from '../core/short.ts';
import { percent } from '../core/verdict.ts';
import { applyAction } from '../github/apply.ts';
import { usualDurationMs } from '../github/follow.ts';
import { Failure } from '../lib/failure.ts';
import { type ApplyMemo, again, LOOK_EVERY_MS, lookAfterCrash, lookUp } from './rollback-look.ts';
import { type DeedAsk, type DeedEnd, type DeedParts, input, refused, sent } from './rollback-parts.ts';
import { planNow } from './rollback-plan.ts';
import { track, workflowOf } from './rollback-track.ts';

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
  const memo = (ask.task.memo ?? {}) as ApplyMemo; // written by rollback-look.ts only
  if (memo.lostAt !== undefined || memo.acceptedAt !== undefined) return lookUp(parts, ask, { plan: rollback.plan, memo });
  if (ask.task.unclearSince !== undefined) {
    const found = await lookAfterCrash(parts, ask, { plan: rollback.plan, memo, since: ask.task.unclearSince });
    if (found) return found;
  }
  return send(parts, ask, rollback as Approved); // plan was checked above
}

type Approved = Rollback & { readonly plan: RollbackPlan };

async function send(parts: DeedParts, ask: DeedAsk, rollback: Approved): Promise<DeedEnd> {
  const objection = (await movedMeanwhile(parts, ask, rollback)) ?? (rollback.automatic ? await notBadAnyMore(parts, ask) : undefined);
  if (objection) return objection;
  const { expiresAt = 0 } = rollback;
  if (parts.now() >= expiresAt) return refused(ask.id, 'E_EXPIRED', 'the approval expired before it could be sent');
  // Stored first; a cancellation that was stored before it wins, and then nothing is sent.
  await ask.aid.report({ kind: 'rollbackSending', id: ask.id });
  if ((await parts.incident(ask.incident.id)).rollbacks[ask.id]?.stage !== 'sending') return { kind: 'done' };
  await ask.aid.begin();
  const sentAt = parts.now();
  const usual = usualOf(parts, ask, rollback);
  const delivered = await deliver(parts, ask, rollback.plan);
  if (delivered.kind === 'sent') {
    if (delivered.run) return sent(ask.id, delivered.run, { because: 'GitHub accepted the request', usualMs: await usual });
    return again(parts.now() + LOOK_EVERY_MS, { acceptedAt: sentAt });
  }
  const { failure } = delivered;
  // Perhaps it is running already: from here on only reading is allowed.
  if (failure.unclear) return again(parts.now() + LOOK_EVERY_MS, { lostAt: sentAt });
  if (delivered.done.length > 0) return takeBack(parts, ask, { plan: rollback.plan, ...delivered });
  if (failure.retryAt !== undefined && failure.retryAt >= expiresAt)
    return refused(ask.id, failure.code, `${failure.message}; the approval ends before GitHub takes requests again`);
  if (failure.permanent || FINAL.includes(failure.code)) return refused(ask.id, failure.code, shortOf(failure));
  throw failure;
}

/** GitHub has said no, and will say it again. */
const FINAL: readonly string[] = ['E_GITHUB_REFUSED', 'E_GITHUB_PERMISSION', 'E_GITHUB_AUTH'];

async function movedMeanwhile(parts: DeedParts, ask: DeedAsk, rollback: Approved): Promise<DeedEnd | undefined> {
  if (rollback.expiresAt === undefined || parts.now() >= rollback.expiresAt)
    return refused(ask.id, 'E_EXPIRED', 'the approval expired before it could be sent');
  const fresh = await planNow(parts, ask, rollback);
  if (fresh.kind !== 'plan') return refused(ask.id, fresh.code, `the facts moved after the approval: ${fresh.because}`);
  if (!samePlan(rollback.plan, fresh.plan)) return refused(ask.id, 'E_PLAN_MOVED', moved(rollback.plan, fresh.plan));
  return undefined;
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

type Delivered =
  | { readonly kind: 'sent'; readonly run: RunReference | undefined }
  | { readonly kind: 'stopped'; readonly failure: Failure; readonly done: readonly RollbackAction[] };

async function deliver(parts: DeedParts, ask: DeedAsk, { repo, actions }: RollbackPlan): Promise<Delivered> {
  const done: RollbackAction[] = [];
  let run: RunReference | undefined;
  for (const action of actions) {
    try {
      run = (await applyAction(parts.github, repo, { action, signal: ask.aid.signal })) ?? run;
    } catch (error) {
      if (error instanceof Failure) return { kind: 'stopped', failure: error, done };
      throw error;
    }
    done.push(action);
  }
  return { kind: 'sent', run };
}

/** One of several requests was refused: what the others did is taken back with the prepared way back, so that no half of a rollback remains. */
async function takeBack(parts: DeedParts, ask: DeedAsk, half: { plan: RollbackPlan; failure: Failure; done: readonly RollbackAction[] }): Promise<DeedEnd> {
  const { plan, failure, done } = half;
  const what = `GitHub refused request ${done.length + 1} of ${plan.actions.length} (${shortOf(failure)})`;
  const back = await deliver(parts, ask, { ...plan, actions: plan.undo });
  const state = back.kind === 'sent' ? 'what the others had done was taken back' : `what the others had done could not be taken back: ${shortOf(back.failure)}`;
  return input({ kind: 'rollbackEnded', id: ask.id, outcome: 'failed', code: failure.code, because: `${what}; ${state}` });
}

/** Read while the request is under way; it must never hold it up, nor fail it. */
function usualOf({ github }: DeedParts, { aid }: DeedAsk, rollback: Approved): Promise<number | undefined> {
  const workflow = workflowOf(rollback);
  return workflow === undefined
    ? Promise.resolve(undefined)
    : usualDurationMs(github, rollback.plan.repo, { workflow, signal: aid.signal }).catch(() => undefined);
}
