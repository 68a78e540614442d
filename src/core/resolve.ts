import type { Draft } from './draft.ts';
import { isEnded } from './evolve.ts';
import type { Actor } from './model.ts';
import type { RollbackId } from './rollback.ts';

/** The end of an incident: what still waits is taken back, the story is closed, the postmortem is written. */
export function resolve(d: Draft, ending: { by: Actor; summary: string; because: string }): void {
  dropCurrentStep(d, { by: ending.by, say: 'The incident was resolved first.', because: ending.because });
  for (const { id, stage } of Object.values(d.incident().rollbacks)) if (!isEnded(stage)) takeBack(d, id, ending.by);
  d.happen({ kind: 'resolved', summary: ending.summary }, ending.by, ending.because);
  for (const name of ['noLead', 'quiet'] as const) d.drop({ kind: 'wake', timer: { name } });
  d.drop({ kind: 'look' });
  if (!d.incident().channel) return;
  d.want({ kind: 'show', slot: 'chart' });
  if (d.incident().verdict) d.want({ kind: 'show', slot: 'verdict' });
  d.want({ kind: 'show', slot: 'postmortem' });
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
  const { current, steps } = d.incident();
  const run = current === undefined ? undefined : steps[current]?.run;
  if (current === undefined || run === undefined) return;
  d.drop({ kind: 'runStep', step: current, run });
  d.drop({ kind: 'wake', timer: { name: 'stepOverdue', step: current, run } });
  d.happen({ kind: 'stepEnded', step: current, run, state: 'skipped', outcome: 'skipped', say: skip.say, data: {} }, skip.by, skip.because);
  d.want({ kind: 'show', slot: `step:${current}:${run}` });
}
