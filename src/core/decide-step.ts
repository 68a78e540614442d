/** Steps: how a playbook moves. A step never decides for the incident; between steps, this file does. */
import { mayAsk } from './approval.ts';
import { askerOf, ledBy, nextRollbackId, tracesOf } from './askers.ts';
import { afterVerdict } from './decide-evidence.ts';
import { BOT, type Context, type Draft } from './draft.ts';
import { collectable, collectedOf, lackOf, listEvidence } from './evidence.ts';
import { liveRollback, verdictSlot } from './evolve.ts';
import type { Actor, Evidence, Incident, Input, Json, Person, Reply } from './model.ts';
import { type AskParams, type CollectParams, leadsToRollback, type NotifyParams, type Playbook, type Step, type StepId, stepOf } from './playbook.ts';
import { askForRollback, type Wish } from './request-rollback.ts';

/**
 * No message of their own unless they fail. Some are over in an instant, and the checklist on the card says how they ended;
 * a rollback and a verification are told by the rollback's card and the verdict's.
 */
const SILENT: readonly string[] = ['decide', 'notify', 'rollback', 'verify'];

export function startPlaybook(d: Draft, playbook: Playbook, cause: Cause): void {
  d.happen({ kind: 'playbookStarted', playbook }, BOT, cause.because);
  const first = playbook.steps[0];
  if (first) startStep(d, first, { ...cause, because: 'first step' });
}

/** Why a step starts now, and who brought it about. */
export interface Cause {
  readonly by: Actor;
  readonly because: string;
  readonly context: Context;
  /** Who acted, with their groups as they were at that moment; undefined: nobody did. */
  readonly person?: Person;
  /** For a rollback step that starts because somebody named a release, or gave a reason of their own. */
  readonly wish?: Omit<Wish, 'by'>;
}

export function startStep(d: Draft, step: Step, cause: Cause): void {
  const run = (d.incident().steps[step.id]?.run ?? 0) + 1;
  d.happen({ kind: 'stepStarted', step: step.id, run }, BOT, cause.because);
  if (!SILENT.includes(step.use)) d.want({ kind: 'show', slot: `step:${step.id}:${run}` });
  if (step.timeoutMs !== undefined) d.want({ kind: 'wake', timer: { name: 'stepOverdue', step: step.id, run } }, cause.context.now + step.timeoutMs);
  if (step.by === 'machine') d.want({ kind: 'runStep', step: step.id, run });
  // A report may have brought everything the step asks for.
  if (d.incident().evidence.length > 0) collected(d, { ...cause, by: BOT });
  if (step.use === 'verify') showVerdicts(d, step.id, run);
  // Whoever brought us here has asked for it. Planning only reads; somebody else still has to approve the exact plan.
  if (step.use === 'rollback' && !liveRollback(d.incident())) askFor(d, step, cause);
}

/** Outright where there is a wish; else the playbook has come to it, in the name of those who answered its questions. */
function askFor(d: Draft, { id: step }: Step, { by, wish, context }: Cause): void {
  const led = {
    tag: undefined,
    reason: d.incident().title,
    by: askerOf(by, ledBy(d.incident(), nextRollbackId(d.incident()))),
    because: 'through the playbook',
  };
  askForRollback(d, { ...(wish ? { ...wish, by, because: wish.reason } : led), step }, context.now);
}

/** A message of its own for each run, where people look: at the end of the channel. What was said before stays, without its buttons. */
function showVerdicts(d: Draft, step: StepId, run: number): void {
  const before = Object.keys(d.incident().verdicts).at(-1);
  if (before !== undefined) d.want({ kind: 'show', slot: before });
  d.want({ kind: 'show', slot: verdictSlot(step, run) });
}

export interface StepEnd {
  readonly step: StepId;
  readonly run: number;
  readonly state: 'done' | 'failed' | 'skipped';
  readonly outcome: string;
  readonly say: string;
  readonly data: Readonly<Record<string, Json>>;
}

/** Ends the current step and starts the one its outcome leads to. */
export function endStep(d: Draft, end: StepEnd, cause: Cause): void {
  const { step: id, run } = end;
  const { playbook } = d.incident();
  const step = stepOf(playbook, id);
  const follow = end.state === 'failed' ? step?.next.fail : (step?.next[end.outcome] ?? step?.next.done);
  const next = stepOf(playbook, follow);
  const data = { ...end.data, ...tracesOf(d.incident(), { step, state: end.state, by: cause.by, next }) };
  d.happen({ kind: 'stepEnded', ...end, data }, cause.by, cause.because);
  if (!SILENT.includes(step?.use ?? '') || end.state === 'failed') d.want({ kind: 'show', slot: `step:${id}:${run}` });
  // Also when it was skipped or failed: “checking …” must not stand there for ever.
  if (step?.use === 'verify') d.want({ kind: 'show', slot: verdictSlot(id, run) });
  d.drop({ kind: 'wake', timer: { name: 'stepOverdue', step: id, run } });
  if (end.state === 'failed' && step?.next.fail === undefined) return; // stays here: people see it and may retry or skip
  if (next) startStep(d, next, { by: cause.by, context: cause.context, because: follows(step, end) });
  else d.happen({ kind: 'playbookEnded' }, BOT, 'no step follows');
}

/** Why the next step starts: how the one before it ended. */
function follows(step: Step | undefined, end: StepEnd): string {
  const title = step?.title ?? end.step;
  if (step?.use === 'ask') return `${title} → ${end.say}`;
  return end.state === 'done' && step?.use === 'decide' ? `${title} → ${end.outcome}` : `${title}: ${end.say}`;
}

/** A machine step has run. A result for a step that is no longer current is late and changes nothing. */
export function onStepEnded(d: Draft, input: Omit<Extract<Input, { kind: 'stepEnded' }>, 'kind'>, context: Context): void {
  const { step, run, ending } = input;
  if (!isCurrent(d.incident(), step, run)) return;
  const cause: Cause = { by: BOT, because: 'the step has run', context };
  if (ending.kind === 'failed') {
    endStep(d, { step, run, state: 'failed', outcome: ending.code, say: ending.say, data: {} }, cause);
    return;
  }
  if (ending.verdict) {
    d.happen({ kind: 'verdictReached', verdict: ending.verdict, step, run }, BOT, ending.verdict.because);
    if (ending.verdict.kind === 'recovered') d.happen({ kind: 'mitigated' }, BOT, ending.verdict.because);
    d.want({ kind: 'show', slot: verdictSlot(step, run) });
    d.want({ kind: 'show', slot: 'chart' });
    afterVerdict(d, ending.verdict);
  }
  const kind = stepOf(d.incident().playbook, step);
  if (kind?.use === 'notify') for (const slot of notices(kind, run)) d.want({ kind: 'show', slot });
  endStep(d, { step, run, state: 'done', outcome: ending.outcome, say: ending.say, data: ending.data }, cause);
}

/** One message in the incident's channel for the people named, and one in each other channel named. */
function notices(step: Step, run: number): readonly string[] {
  const { to } = step.params as unknown as NotifyParams; // checked against the kind's schema when the playbook was loaded
  const channels = to.filter((id) => id.startsWith('C')).map((id) => `notify:${step.id}:${run}:${id}`);
  return to.length > channels.length ? [`notify:${step.id}:${run}`, ...channels] : channels;
}

export interface Answer {
  readonly step: StepId;
  readonly run: number;
  readonly choice: string | undefined;
  readonly items: readonly Evidence[];
}

/** A person answered a human step: evidence collected, or a choice made. */
export function answerStep(d: Draft, answer: Answer, cause: Cause): Reply {
  const { step: id, run, choice, items } = answer;
  const step = stepOf(d.incident().playbook, id);
  if (!step || !isCurrent(d.incident(), id, run)) return { ok: false, code: 'E_NOT_NOW', text: 'This step is already over; the card shows where we are.' };
  if (items.length > 0) d.happen({ kind: 'evidenceAdded', items }, cause.by, `for the step “${step.title}”`);
  if (step.use === 'collect') return answerCollect(d, { step, run }, cause);
  if (step.use === 'ask') return answerAsk(d, { step, run, choice }, cause);
  return { ok: false, code: 'E_NOT_NOW', text: `“${step.title}” cannot be answered by hand.` };
}

function answerCollect(d: Draft, at: { step: Step; run: number }, cause: Cause): Reply {
  const missing = lackOf(d.incident().evidence, at.step.params as unknown as CollectParams); // checked against the kind's schema when the playbook was loaded
  if (missing !== undefined) {
    d.want({ kind: 'show', slot: `step:${at.step.id}:${at.run}` });
    return { ok: false, code: 'E_EVIDENCE', text: `Still needed: ${missing}.` };
  }
  const brought = d.incident().evidence.filter(collectable);
  const say = listEvidence(brought);
  endStep(
    d,
    { step: at.step.id, run: at.run, state: 'done', outcome: 'done', say, data: collectedOf(brought) },
    { ...cause, because: 'the required evidence is there' },
  );
  return { ok: true, text: `Got it: ${say}.` };
}

/** New evidence may be what the current step waited for: then it is done without another click. Says so, or what is still missing. */
export function collected(d: Draft, cause: Cause): string {
  const { current, steps, playbook } = d.incident();
  const step = stepOf(playbook, current);
  const run = current === undefined ? undefined : steps[current]?.run;
  if (step?.use !== 'collect' || run === undefined) return '';
  return ` ${answerCollect(d, { step, run }, cause).text}`;
}

function answerAsk(d: Draft, at: { step: Step; run: number; choice: string | undefined }, cause: Cause): Reply {
  const { choices } = at.step.params as unknown as AskParams; // checked against the kind's schema when the playbook was loaded
  const choice = choices.find(({ id }) => id === at.choice);
  if (!choice) return { ok: false, code: 'E_ARGS', text: `Choose one of: ${choices.map(({ label }) => label).join(', ')}.` };
  const refusal = mayChoose(d, { next: at.step.next[choice.id] ?? at.step.next.done, by: cause.person, context: cause.context });
  if (refusal !== undefined) return { ok: false, code: 'E_NOT_ALLOWED', text: refusal };
  endStep(
    d,
    { step: at.step.id, run: at.run, state: 'done', outcome: choice.id, say: choice.label, data: { choice: choice.id } },
    { ...cause, because: `chose “${choice.label}”` },
  );
  return { ok: true, text: `“${choice.label}” it is.` };
}

/** An answer that leads to a rollback, at once or by machine steps alone, asks for it; not everybody may. */
function mayChoose(d: Draft, { next, by, context }: { next: StepId | undefined; by: Person | undefined; context: Context }): string | undefined {
  const policy = context.service?.rollback.approve;
  return by && policy && leadsToRollback(d.incident().playbook, next) ? mayAsk(by, policy) : undefined;
}

export function skipStep(d: Draft, skip: { step: StepId; run: number; reason: string }, cause: Cause): Reply {
  const step = stepOf(d.incident().playbook, skip.step);
  const stuck = d.incident().steps[skip.step];
  const failed = stuck?.state === 'failed' && stuck.run === skip.run && d.incident().current === undefined;
  if (!step || !(failed || isCurrent(d.incident(), skip.step, skip.run)))
    return { ok: false, code: 'E_NOT_NOW', text: 'This step is already over; the card shows where we are.' };
  if (step.use === 'rollback' && liveRollback(d.incident()))
    return { ok: false, code: 'E_NOT_NOW', text: 'A rollback is under way; cancel or decline it first.' };
  const refusal = mayChoose(d, { next: step.next.skipped ?? step.next.done, by: cause.person, context: cause.context });
  if (refusal !== undefined) return { ok: false, code: 'E_NOT_ALLOWED', text: refusal };
  d.drop({ kind: 'runStep', step: skip.step, run: skip.run });
  endStep(
    d,
    { step: skip.step, run: skip.run, state: 'skipped', outcome: 'skipped', say: skip.reason || 'skipped', data: {} },
    { ...cause, because: skip.reason || 'skipped by hand' },
  );
  return { ok: true, text: `Skipped “${step.title}”.` };
}

export function retryStep(d: Draft, id: StepId, cause: Cause): Reply {
  const step = stepOf(d.incident().playbook, id);
  if (!step || d.incident().current !== undefined || d.incident().steps[id]?.state !== 'failed')
    return { ok: false, code: 'E_NOT_NOW', text: 'There is nothing to try again here.' };
  startStep(d, step, { ...cause, because: 'tried again by hand' });
  return { ok: true, text: `Trying “${step.title}” again.` };
}

export const isCurrent = (incident: Incident, step: StepId, run: number): boolean => incident.current === step && incident.steps[step]?.run === run;
