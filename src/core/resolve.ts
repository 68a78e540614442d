import type { Draft } from './draft.ts';
import { isEnded, verdictSlot } from './evolve.ts';
import type { Actor, TimelineEvent } from './model.ts';
import { stepOf } from './playbook.ts';
import type { RollbackId } from './rollback.ts';

interface Ended {
  readonly by: Actor;
  readonly summary: string;
  readonly because: string;
  /** It goes on there; its story is told there, too. */
  readonly into?: Extract<TimelineEvent, { kind: 'resolved' }>['into'];
}

/** The end of an incident: what still waits is taken back, the story is closed, the postmortem is written. */
export function resolve(d: Draft, ending: Ended): void {
  dropCurrentStep(d, { by: ending.by, say: 'The incident was resolved first.', because: ending.because });
  for (const { id, stage } of Object.values(d.incident().rollbacks)) if (!isEnded(stage)) takeBack(d, id, ending.by);
  const { by, summary, because, into } = ending;
  d.happen({ kind: 'resolved', summary, ...(into && { into }) }, by, because);
  for (const name of ['noLead', 'quiet'] as const) d.drop({ kind: 'wake', timer: { name } });
  d.drop({ kind: 'look' });
  if (!d.incident().channel) return;
  d.want({ kind: 'show', slot: 'chart' });
  const judged = Object.keys(d.incident().verdicts).at(-1);
  if (judged !== undefined) d.want({ kind: 'show', slot: judged });
  if (!into) d.want({ kind: 'show', slot: 'postmortem' });
}

/** A plan that nobody approved ends with its incident: its buttons go, and after a reopening it can be asked for again. */
function takeBack(d: Draft, id: RollbackId, by: Actor): void {
  for (const name of ['approvalExpires', 'startsItself'] as const) d.drop({ kind: 'wake', timer: { name, rollback: id } });
  for (const stage of ['plan', 'apply'] as const) d.drop({ kind: 'rollback', id, stage });
  d.happen({ kind: 'rollbackEnded', id, outcome: 'cancelled', code: undefined }, by, 'the incident was resolved first');
  d.want({ kind: 'show', slot: `rollback:${id}` });
}

/** Ends the current step as skipped and takes back what waits for it. */
export function dropCurrentStep(d: Draft, skip: { by: Actor; say: string; because: string }): void {
  const { current, steps, playbook } = d.incident();
  const run = current === undefined ? undefined : steps[current]?.run;
  if (current === undefined || run === undefined) return;
  d.drop({ kind: 'runStep', step: current, run });
  d.drop({ kind: 'wake', timer: { name: 'stepOverdue', step: current, run } });
  d.happen({ kind: 'stepEnded', step: current, run, state: 'skipped', outcome: 'skipped', say: skip.say, data: {} }, skip.by, skip.because);
  const isVerify = stepOf(playbook, current)?.use === 'verify';
  d.want({ kind: 'show', slot: isVerify ? verdictSlot(current, run) : `step:${current}:${run}` });
}
