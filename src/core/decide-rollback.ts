/**
 * A rollback, from the wish to the proof: asked, planned, approved, sent, watched, ended. Who may approve is decided here, on
 * the plan's own frozen policy and on what the workspace said about the person at the moment of the click.
 */
import { mayApprove, mayAsk, mayBreakGlass, needed, REASON_MIN } from './approval.ts';
import { ledBy } from './askers.ts';
import { beginCountdown, isTaken } from './automatic.ts';
import { endStep, isCurrent } from './decide-step.ts';
import { BOT, type Context, type Draft } from './draft.ts';
import { isEnded, liveRollback, rollbackOf } from './evolve.ts';
import type { Actor, Input, Instant, Person, Reply } from './model.ts';
import { newConcerns, renewed } from './new-concerns.ts';
import type { Wish } from './request-rollback.ts';
import type { Rollback, RollbackCommand, RollbackId, RollbackPlan } from './rollback.ts';
import { startRollback } from './start-rollback.ts';

export function onRollbackCommand(d: Draft, command: RollbackCommand, by: Person, context: Context): Reply {
  switch (command.kind) {
    case 'requestRollback':
      return requestRollback(d, { by: human(by), tag: command.tag, reason: command.reason }, by, context);
    case 'undoRollback':
      return undo(d, command, by, context);
    case 'answerMigrations':
      return replan(d, { id: command.rollback, migrationsRun: command.run }, by, context);
    case 'chooseStrategy':
      return replan(d, { id: command.rollback, strategy: command.strategy }, by, context);
    case 'approveRollback':
      return approve(d, { id: command.rollback, plan: command.plan, reason: command.reason, glass: false }, by, context);
    case 'breakGlass':
      return approve(d, { id: command.rollback, plan: command.plan, reason: command.reason, glass: true }, by, context);
    case 'declineRollback':
      return decline(d, { id: command.rollback, reason: command.reason, outcome: 'declined' }, by, context);
    case 'cancelRollback':
      return decline(d, { id: command.rollback, reason: '', outcome: 'cancelled' }, by, context);
  }
}

const no = (code: string, text: string): Reply => ({ ok: false, code, text });

/** A wish from the card, a step card or `/rollback`. */
function requestRollback(d: Draft, wish: Wish, by: Person, context: Context): Reply {
  const refusal = refuseWish(d, by, context);
  if (refusal) return refusal;
  startRollback(d, wish, context);
  return { ok: true, text: 'I am reading the releases and making a plan. Nothing happens before somebody approves it.' };
}

function refuseWish(d: Draft, by: Person, context: Context): Reply | undefined {
  const live = liveRollback(d.incident());
  if (live) return no('E_BUSY', `${live.id} is already under way here (${live.stage}); its card is in the channel.`);
  if (!context.service?.repo || context.service.rollback.strategies.length === 0)
    return no('E_NOT_ALLOWED', `services.yml names no repository and rollback strategy for ${d.incident().service}.`);
  const refusal = mayAsk(by, context.service.rollback.approve);
  return refusal === undefined ? undefined : no('E_NOT_ALLOWED', refusal);
}

/** Forward again, the way that was stored before the rollback went out. The same checks and approvals as on the way back. */
function undo(d: Draft, { rollback: id, reason }: Undo, by: Person, context: Context): Reply {
  const way = wayBack(d, id);
  return 'text' in way ? way : requestRollback(d, { by: human(by), tag: way.tag, reason, undoes: id }, by, context);
}

type Undo = Extract<RollbackCommand, { kind: 'undoRollback' }>;

/** The release to go forward to, or why there is no way. */
function wayBack(d: Draft, id: RollbackId): { readonly tag: string } | Reply {
  const before = rollbackOf(d.incident(), id);
  if (!before?.plan || !['done', 'failed', 'unknown'].includes(before.stage)) return no('E_NOT_NOW', 'There is nothing of this rollback to take back.');
  if (before.plan.undo.length === 0) return no('E_NOT_NOW', `No way back is stored for ${id}.`);
  if (before.undoes !== undefined) return no('E_NOT_NOW', 'Ask for a rollback to the tag you want instead; this one went forward already.');
  return { tag: before.plan.from.tag };
}

/** Why this cannot be taken back now by this person; undefined: it can. Whoever may not, opens no incident again with it. */
export function refuseUndo(d: Draft, { rollback: id }: Undo, by: Person, context: Context): Reply | undefined {
  const way = wayBack(d, id);
  return 'text' in way ? way : refuseWish(d, by, context);
}

/** An answer or another strategy makes another plan: it is read again, and whoever approved the old one is asked again. */
function replan(d: Draft, change: { id: RollbackId; strategy?: string; migrationsRun?: boolean }, by: Person, context: Context): Reply {
  const rollback = rollbackOf(d.incident(), change.id);
  if (rollback?.stage !== 'asking' || !rollback.plan) return no('E_NOT_NOW', 'There is no open plan here that could change.');
  // An answer can turn red into green, so it takes somebody whom services.yml trusts to ask.
  const refusal = mayAsk(by, context.service?.rollback.approve ?? rollback.plan.approve);
  if (refusal !== undefined) return no('E_NOT_ALLOWED', refusal);
  const { strategy, migrationsRun } = change;
  if (migrationsRun !== undefined && !isAsked(rollback, migrationsRun))
    return no('E_NOT_NOW', 'No check of this plan asks whether migrations were run; the plan and its approvals stay as they are.');
  if (strategy !== undefined && !rollback.plan.others.some((other) => other.strategy === strategy && other.applicable))
    return no('E_NOT_NOW', `${strategy} cannot be used for this rollback. ${choices(rollback.plan)}`);
  d.happen({ kind: 'rollbackReplanned', ...change }, human(by), strategy === undefined ? 'a check had asked' : 'chosen by hand');
  d.drop({ kind: 'wake', timer: { name: 'approvalExpires', rollback: change.id } });
  d.want({ kind: 'rollback', id: change.id, stage: 'plan' });
  d.want({ kind: 'show', slot: `rollback:${change.id}` });
  return { ok: true, text: 'Thanks. I am making the plan again; earlier approvals do not count for it.' };
}

/** Approvals of a plan are not wiped for nothing; an answer that was wrong may be taken back. */
function isAsked({ plan, answers }: Rollback, run: boolean): boolean {
  return plan?.checks.some(({ asks }) => asks === 'migrations') || (answers.migrations !== undefined && answers.migrations.run !== run);
}

function choices({ others }: RollbackPlan): string {
  const names = others.filter(({ applicable }) => applicable).map(({ strategy }) => strategy);
  return names.length === 0 ? 'There is no other way.' : `Choose one of: ${names.join(', ')}.`;
}

export function onRollbackPlanned(d: Draft, input: Extract<Input, { kind: 'rollbackPlanned' }>, context: Context): void {
  const rollback = rollbackOf(d.incident(), input.id);
  if (rollback?.stage === 'applying' || rollback?.stage === 'sending') askAgain(d, rollback, input.plan, context);
  if (rollback?.stage !== 'planning') return;
  const { to, direction } = input.plan;
  propose(d, { rollback, plan: input.plan, because: `${to.tag} is a release we can go ${direction} to` }, context);
  if (!beginCountdown(d, rollbackOf(d.incident(), input.id) ?? rollback, context)) waitForApproval(d, input.id);
}

/** The facts were read once more right before it was sent, and say something the people who approved it did not know. */
function askAgain(d: Draft, rollback: Rollback, plan: RollbackPlan, context: Context): void {
  const { id, approvals } = rollback;
  const news = rollback.plan ? newConcerns(rollback.plan, plan) : [];
  const approvers = approvals.map(({ name }) => name).join(' and ') || 'nobody';
  const because = `new since it was approved: ${news.map(({ name }) => name).join(', ')}`;
  d.happen({ kind: 'rollbackReplanned', id }, BOT, because);
  propose(d, { rollback, plan: renewed(plan, news, approvers), because }, context);
  waitForApproval(d, id);
  const says = news.map((check) => `${check.name}: ${check.because}`).join('; ');
  const text = `Nothing was sent: ${approvers} approved ${id} before this was known. ${says}. Look at its plan, and approve it again or decline it.`;
  d.happen({ kind: 'noted', text, permalink: undefined }, BOT, because);
}

interface Proposal {
  readonly rollback: Rollback;
  readonly plan: RollbackPlan;
  readonly because: string;
}

/** Who asked through the playbook is frozen with the plan: the steps that know it may run again. */
function propose(d: Draft, { rollback, plan, because }: Proposal, context: Context): void {
  const { id } = rollback;
  const askers = rollback.plan?.askers ?? ledBy(d.incident(), id);
  const expiresAt = context.now + plan.approve.expiresMs;
  d.happen({ kind: 'rollbackPlanned', id, plan: { ...plan, ...(askers && { askers }) }, expiresAt }, BOT, because);
  d.want({ kind: 'show', slot: `rollback:${id}` });
}

function waitForApproval(d: Draft, id: RollbackId): void {
  const { plan, expiresAt } = rollbackOf(d.incident(), id) ?? {};
  d.want({ kind: 'wake', timer: { name: 'approvalExpires', rollback: id } }, expiresAt);
  if (plan && plan.approve.from.length > 0) d.want({ kind: 'dress', what: 'invite' });
}

interface Consent {
  readonly id: RollbackId;
  /** When the plan that was shown expires: tells one plan from the next. */
  readonly plan: Instant | undefined;
  readonly reason: string | undefined;
  readonly glass: boolean;
}

function approve(d: Draft, { id, plan: shown, reason: written, glass }: Consent, by: Person, context: Context): Reply {
  const rollback = rollbackOf(d.incident(), id);
  if (!rollback?.plan) return no('E_NOT_NOW', 'There is no plan to approve here.');
  if (rollback.stage !== 'asking') return no('E_NOT_NOW', `This rollback is ${rollback.stage}; there is nothing to approve.`);
  if (rollback.expiresAt !== undefined && context.now >= rollback.expiresAt)
    return no('E_EXPIRED', 'This plan has expired. Ask again, so that the facts are read again.');
  if (shown !== undefined && shown !== rollback.expiresAt) return no('E_NOT_NOW', 'The plan was made again after you saw it. Look at the new one first.');
  const refusal = glass ? mayBreakGlass(by, rollback.plan.approve) : mayApprove(rollback, by, rollback.plan.approve);
  if (refusal !== undefined) return no('E_NOT_ALLOWED', refusal);
  const reason = written?.trim() || undefined;
  if ((glass || rollback.plan.light === 'red') && (reason?.length ?? 0) < REASON_MIN)
    return no('E_ARGS', `${glass ? 'Going alone' : 'The checks are red: approving it'} needs a written reason of at least ${REASON_MIN} characters.`);
  const wanted = needed(rollback.plan, context.now);
  const given = rollback.approvals.length + 1;
  const complete = glass || given >= wanted;
  const because = glass ? 'alone, by breaking the glass' : `${given} of ${wanted} approvals${complete ? '' : ', more are needed'}`;
  d.happen({ kind: 'rollbackApproved', id, complete, ...(reason !== undefined && { reason }), ...(glass && { glass }) }, human(by), because);
  d.want({ kind: 'show', slot: `rollback:${id}` });
  if (glass) d.want({ kind: 'show', slot: `glass:${id}` });
  if (complete) d.want({ kind: 'rollback', id, stage: 'apply' });
  return { ok: true, text: complete ? `Approved. Going ${rollback.plan.direction} to ${rollback.plan.to.tag}.` : `Approved; ${wanted - given} more needed.` };
}

function decline(d: Draft, wish: { id: RollbackId; reason: string; outcome: 'declined' | 'cancelled' }, by: Person, context: Context): Reply {
  const rollback = rollbackOf(d.incident(), wish.id);
  if (!rollback || isEnded(rollback.stage)) return no('E_NOT_NOW', 'This rollback is already over.');
  // Approved and not yet sending: what ends here is never sent, because sending begins with an event that this end forbids.
  if (rollback.stage === 'sending' || rollback.stage === 'tracking')
    return no('E_NOT_NOW', 'Too late: it is on its way to GitHub. Cancel the workflow run there if you must, or take it back when it has ended.');
  const did = wish.outcome === 'declined' ? 'declined' : rollback.automatic ? 'stopped' : 'cancelled';
  const because = wish.reason || `${did} by ${by.name}`;
  end(d, { id: wish.id, outcome: wish.outcome, code: undefined, because, by: human(by) }, context);
  return { ok: true, text: wish.outcome === 'declined' ? 'Declined. Nothing was sent.' : 'Cancelled. Nothing was sent.' };
}

/** The point of no return, on disk before the first request. Whoever sends looks afterwards whether it was reached. */
export function onRollbackSending(d: Draft, id: RollbackId): void {
  if (rollbackOf(d.incident(), id)?.stage !== 'applying') return;
  d.happen({ kind: 'rollbackSending', id }, BOT, 'the facts are still the approved ones');
}

export function onRollbackSent(d: Draft, input: Extract<Input, { kind: 'rollbackSent' }>): void {
  const stage = rollbackOf(d.incident(), input.id)?.stage;
  if (stage !== 'sending') return;
  const { id, run, usualMs } = input;
  d.happen({ kind: 'rollbackSent', id, run, ...(usualMs !== undefined && { usualMs }) }, BOT, input.because);
  d.want({ kind: 'rollback', id: input.id, stage: 'track' });
  d.want({ kind: 'show', slot: `rollback:${input.id}` });
  d.want({ kind: 'show', slot: 'chart' });
}

export function onRollbackMoved(d: Draft, input: Extract<Input, { kind: 'rollbackMoved' }>): void {
  const rollback = rollbackOf(d.incident(), input.id);
  // While it is being sent there is nothing to follow yet: a word of it then means that something is in the way.
  if (rollback?.stage === 'sending')
    d.happen({ kind: 'noted', text: `${input.id}: ${input.status}.`, permalink: undefined }, BOT, 'it could not be sent whole');
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
  const { stage, expiresAt = context.now } = rollbackOf(d.incident(), id) ?? {};
  // A plan that was made again has more time than the one this timer was set for.
  if (stage !== 'asking' || context.now < expiresAt) return;
  end(d, { id, outcome: 'expired', code: 'E_EXPIRED', because: 'nobody approved it in time', by: BOT }, context);
}

/** Nobody stopped it. Whoever changed what runs meanwhile has taken over. */
export function onCountdownOver(d: Draft, id: RollbackId, context: Context): void {
  if (rollbackOf(d.incident(), id)?.stage !== 'counting') return;
  if (isTaken(d.incident())) {
    end(d, { id, outcome: 'cancelled', code: 'E_PLAN_MOVED', because: 'somebody else changed what runs', by: BOT }, context);
    return;
  }
  d.happen({ kind: 'rollbackApproved', id, complete: true }, BOT, 'nobody stopped it');
  d.want({ kind: 'show', slot: `rollback:${id}` });
  d.want({ kind: 'rollback', id, stage: 'apply' });
}

type RollbackEnd = {
  id: RollbackId;
  outcome: Extract<Rollback['stage'], 'done' | 'refused' | 'declined' | 'expired' | 'cancelled' | 'failed' | 'unknown'>;
  code: string | undefined;
  because: string;
  by: Actor;
  log?: readonly string[] | undefined;
};

function end(d: Draft, ending: RollbackEnd, context: Context): void {
  const { id, outcome, code, because, by, log } = ending;
  const rollback = rollbackOf(d.incident(), id);
  d.happen({ kind: 'rollbackEnded', id, outcome, code, ...(log && { log }) }, by, because);
  d.drop({ kind: 'wake', timer: { name: 'startsItself', rollback: id } });
  d.drop({ kind: 'rollback', id, stage: 'apply' });
  d.drop({ kind: 'wake', timer: { name: 'approvalExpires', rollback: id } });
  d.drop({ kind: 'rollback', id, stage: 'plan' });
  d.want({ kind: 'show', slot: `rollback:${id}` });
  const step = rollback?.step;
  const run = step === undefined ? undefined : d.incident().steps[step]?.run;
  if (step === undefined || run === undefined || !isCurrent(d.incident(), step, run)) return;
  const tag = rollback?.plan?.to.tag ?? rollback?.tag ?? '';
  endStep(
    d,
    { step, run, state: 'done', outcome: stepOutcome(outcome), say: sayEnd(outcome, { tag, because, forward: rollback?.undoes !== undefined }), data: { tag } },
    { by, because, context },
  );
}

/** A playbook knows four ends; the rarer ones are folded into the nearest. */
function stepOutcome(outcome: RollbackEnd['outcome']): string {
  if (outcome === 'expired' || outcome === 'cancelled') return 'declined';
  return outcome === 'unknown' ? 'failed' : outcome;
}

function sayEnd(outcome: RollbackEnd['outcome'], { tag, because, forward }: { tag: string; because: string; forward: boolean }): string {
  return outcome === 'done' ? `${forward ? 'went forward' : 'rolled back'} to ${tag}` : `${outcome}: ${because}`;
}

export const human = (by: Person): Actor => ({ kind: 'human', slackId: by.slackId, name: by.name });
