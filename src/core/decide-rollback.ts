/**
 * A rollback, from the wish to the proof: asked, planned, approved, sent, watched, ended. Who may approve is decided here, on
 * the plan's own frozen policy and on what the workspace said about the person at the moment of the click.
 */
import { endStep, isCurrent, startPlaybook, startStep } from './decide-step.ts';
import { BOT, type Context, type Draft } from './draft.ts';
import { isEnded, liveRollback, rollbackOf } from './evolve.ts';
import type { Actor, Input, Person, Reply } from './model.ts';
import type { Playbook } from './playbook.ts';
import { dropCurrentStep } from './resolve.ts';
import type { Approve, Rollback, RollbackId } from './rollback.ts';

/** Followed when a rollback is asked for and the playbook has no rollback step: going back without proof is not offered. */
const BARE: Playbook = {
  name: 'bare-rollback',
  title: 'Roll back and verify',
  hash: 'built-in',
  steps: [
    {
      id: 'rollback',
      use: 'rollback',
      by: 'human',
      title: 'Roll back',
      text: undefined,
      params: {},
      owner: undefined,
      timeoutMs: undefined,
      next: { done: 'verify' },
    },
    { id: 'verify', use: 'verify', by: 'machine', title: 'Verify', text: undefined, params: {}, owner: undefined, timeoutMs: undefined, next: {} },
  ],
};

export interface Wish {
  readonly by: Actor;
  readonly tag: string | undefined;
  readonly reason: string;
}

/** A wish from the card, a step card or `/rollback`. It always runs as a rollback step, so that a verification follows. */
export function requestRollback(d: Draft, wish: Wish, context: Context): Reply {
  const live = liveRollback(d.incident());
  if (live) return { ok: false, code: 'E_BUSY', text: `${live.id} is already under way here (${live.stage}); its card is in the channel.` };
  if (!context.service?.repo || context.service.rollback.strategies.length === 0) {
    return { ok: false, code: 'E_NOT_ALLOWED', text: `services.yml names no repository and rollback strategy for ${d.incident().service}.` };
  }
  startRollbackStep(d, wish, context);
  return { ok: true, text: 'I am reading the releases and making a plan. Nothing happens before somebody approves it.' };
}

/** The playbook's rollback step, started out of turn; the built-in one when the playbook has none. */
function startRollbackStep(d: Draft, wish: Wish, context: Context): void {
  const because = 'a rollback was asked for';
  const cause = { by: wish.by, because, context, wish };
  dropCurrentStep(d, { by: wish.by, say: 'A rollback was asked for first.', because });
  const { playbook: started } = d.incident();
  // `/rollback` may be faster than the channel, with which the service's playbook usually starts.
  const playbook = started ?? context.playbook;
  const planned = playbook?.steps.find((step) => step.use === 'rollback');
  if (playbook && planned) {
    if (!started) d.happen({ kind: 'playbookStarted', playbook }, BOT, `the playbook of ${d.incident().service}`);
    startStep(d, planned, cause);
  } else startPlaybook(d, BARE, cause);
}

export function onRollbackPlanned(d: Draft, input: Extract<Input, { kind: 'rollbackPlanned' }>, context: Context): void {
  const rollback = rollbackOf(d.incident(), input.id);
  if (rollback?.stage !== 'planning') return;
  const expiresAt = context.now + input.plan.approve.expiresMs;
  d.happen({ kind: 'rollbackPlanned', id: input.id, plan: input.plan, expiresAt }, BOT, `${input.plan.to.tag} is a release we can go back to`);
  d.want({ kind: 'wake', timer: { name: 'approvalExpires', rollback: input.id } }, expiresAt);
  d.want({ kind: 'show', slot: `rollback:${input.id}` });
}

export function approve(d: Draft, id: RollbackId, by: Person, context: Context): Reply {
  const rollback = rollbackOf(d.incident(), id);
  if (!rollback?.plan) return { ok: false, code: 'E_NOT_NOW', text: 'There is no plan to approve here.' };
  if (rollback.stage !== 'asking') return { ok: false, code: 'E_NOT_NOW', text: `This rollback is ${rollback.stage}; there is nothing to approve.` };
  if (rollback.expiresAt !== undefined && context.now >= rollback.expiresAt)
    return { ok: false, code: 'E_EXPIRED', text: 'This plan has expired. Ask again, so that the facts are read again.' };
  const refusal = mayApprove(rollback, by, rollback.plan.approve);
  if (refusal !== undefined) return { ok: false, code: 'E_NOT_ALLOWED', text: refusal };
  const { require } = rollback.plan.approve;
  const given = rollback.approvals.length + 1;
  const complete = given >= require;
  d.happen(
    { kind: 'rollbackApproved', id, complete },
    human(by),
    complete ? `${given} of ${require} approvals` : `${given} of ${require} approvals, more are needed`,
  );
  d.want({ kind: 'show', slot: `rollback:${id}` });
  if (complete) d.want({ kind: 'rollback', id, stage: 'apply' });
  return { ok: true, text: complete ? `Approved. Going back to ${rollback.plan.to.tag}.` : `Approved; ${require - given} more needed.` };
}

/** Why this person may not approve; undefined: they may. */
export function mayApprove(rollback: Rollback, by: Person, policy: Approve): string | undefined {
  if (by.rank !== 'member') return 'Only full members of this workspace may approve a rollback.';
  const asker = rollback.by.kind === 'human' ? rollback.by.slackId : undefined;
  if (by.slackId === asker && !policy.requesterMay) return 'You asked for this rollback; somebody else has to approve it.';
  if (rollback.approvals.some(({ slackId }) => slackId === by.slackId)) return 'You have approved this already; another person is needed.';
  const named = policy.from.length === 0 || policy.from.includes(by.slackId) || by.groups.some((group) => policy.from.includes(group));
  return named ? undefined : 'You are not among the people who may approve rollbacks of this service.';
}

export function decline(d: Draft, wish: { id: RollbackId; reason: string; outcome: 'declined' | 'cancelled' }, by: Person, context: Context): Reply {
  const rollback = rollbackOf(d.incident(), wish.id);
  if (!rollback || isEnded(rollback.stage)) return { ok: false, code: 'E_NOT_NOW', text: 'This rollback is already over.' };
  if (rollback.stage === 'applying' || rollback.stage === 'tracking') {
    return { ok: false, code: 'E_NOT_NOW', text: 'Too late: it has been approved and is on its way to GitHub. Cancel the workflow run there if you must.' };
  }
  const because = wish.reason || (wish.outcome === 'declined' ? 'declined by hand' : 'cancelled by hand');
  end(d, { id: wish.id, outcome: wish.outcome, code: undefined, because, by: human(by) }, context);
  return { ok: true, text: wish.outcome === 'declined' ? 'Declined. Nothing was sent.' : 'Cancelled. Nothing was sent.' };
}

export function onRollbackSent(d: Draft, input: Extract<Input, { kind: 'rollbackSent' }>): void {
  const stage = rollbackOf(d.incident(), input.id)?.stage;
  if (stage !== 'applying') return;
  d.happen({ kind: 'rollbackSent', id: input.id, run: input.run }, BOT, input.because);
  d.want({ kind: 'rollback', id: input.id, stage: 'track' });
  d.want({ kind: 'show', slot: `rollback:${input.id}` });
  d.want({ kind: 'show', slot: 'chart' });
}

export function onRollbackMoved(d: Draft, input: Extract<Input, { kind: 'rollbackMoved' }>): void {
  const rollback = rollbackOf(d.incident(), input.id);
  if (rollback?.stage !== 'tracking' || (rollback.status === input.status && rollback.job === input.job)) return;
  d.happen({ kind: 'rollbackMoved', id: input.id, status: input.status, job: input.job }, BOT, 'GitHub says so');
  d.want({ kind: 'show', slot: `rollback:${input.id}` });
}

export function onRollbackEnded(d: Draft, input: Omit<Extract<Input, { kind: 'rollbackEnded' }>, 'kind'>, context: Context): void {
  const rollback = rollbackOf(d.incident(), input.id);
  if (!rollback || isEnded(rollback.stage)) return;
  end(d, { ...input, by: BOT }, context);
}

/** The time for approvals is over: nobody's old click may start anything now. */
export function onRollbackTimer(d: Draft, id: RollbackId, context: Context): void {
  if (rollbackOf(d.incident(), id)?.stage !== 'asking') return;
  end(d, { id, outcome: 'expired', code: 'E_EXPIRED', because: 'nobody approved it in time', by: BOT }, context);
}

type RollbackEnd = {
  id: RollbackId;
  outcome: Extract<Rollback['stage'], 'done' | 'refused' | 'declined' | 'expired' | 'cancelled' | 'failed' | 'unknown'>;
  code: string | undefined;
  because: string;
  by: Actor;
};

function end(d: Draft, ending: RollbackEnd, context: Context): void {
  const { id, outcome, code, because, by } = ending;
  const rollback = rollbackOf(d.incident(), id);
  d.happen({ kind: 'rollbackEnded', id, outcome, code }, by, because);
  d.drop({ kind: 'wake', timer: { name: 'approvalExpires', rollback: id } });
  d.drop({ kind: 'rollback', id, stage: 'plan' });
  d.want({ kind: 'show', slot: `rollback:${id}` });
  const step = rollback?.step;
  const run = step === undefined ? undefined : d.incident().steps[step]?.run;
  if (step === undefined || run === undefined || !isCurrent(d.incident(), step, run)) return;
  const tag = rollback?.plan?.to.tag ?? rollback?.tag ?? '';
  endStep(d, { step, run, state: 'done', outcome: stepOutcome(outcome), say: sayEnd(outcome, tag, because), data: { tag } }, { by, because, context });
}

/** A playbook knows four ends; the rarer ones are folded into the nearest. */
function stepOutcome(outcome: RollbackEnd['outcome']): string {
  if (outcome === 'expired' || outcome === 'cancelled') return 'declined';
  return outcome === 'unknown' ? 'failed' : outcome;
}

function sayEnd(outcome: RollbackEnd['outcome'], tag: string, because: string): string {
  return outcome === 'done' ? `rolled back to ${tag}` : `${outcome}: ${because}`;
}

export const human = (by: Person): Actor => ({ kind: 'human', slackId: by.slackId, name: by.name });
