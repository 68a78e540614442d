/** What people say about the errors a log search found: this is the cause, or it is not. The last word counts; every word stays in the timeline. */
import type { Draft } from './draft.ts';
import type { Actor, Instant, Json, Reply } from './model.ts';
import { type StepId, stepOf } from './playbook.ts';

export type CauseVerdict = 'confirmed' | 'ruled-out';

export interface Cause {
  readonly title: string;
  readonly verdict: CauseVerdict;
  readonly by: string;
  readonly at: Instant;
}
/** By the fingerprint of the error: the same one found by a later run keeps what was said. */
export type Causes = Readonly<Record<string, Cause>>;

export type CauseCommand = {
  readonly kind: 'judgeCause';
  readonly step: StepId;
  readonly run: number;
  readonly fingerprint: string;
  readonly verdict: CauseVerdict;
};
export type CauseEventBody = {
  readonly kind: 'causeJudged';
  readonly step: StepId;
  readonly run: number;
  readonly fingerprint: string;
  readonly verdict: CauseVerdict;
  /** As the search named it, so that the timeline can be read without the search. */
  readonly title: string;
};

/** Of a finding that is on the step's message now. Twice the same is said once. */
export function judgeCause(d: Draft, { step, run, fingerprint, verdict }: CauseCommand, by: Actor): Reply {
  const state = d.incident().steps[step];
  const title = state?.run === run ? titleOf(state.data, fingerprint) : undefined;
  if (title === undefined) return { ok: false, code: 'E_NOT_NOW', text: 'This finding belongs to an earlier search; the newest one has its own buttons.' };
  const before = causeOf(d.incident().causes, fingerprint);
  if (before?.verdict === verdict) return { ok: true, text: `${before.by} said that already.` };
  const because = before ? `${before.by} had said: ${sayVerdict(before.verdict)}` : `found by “${stepOf(d.incident().playbook, step)?.title ?? step}”`;
  d.happen({ kind: 'causeJudged', step, run, fingerprint, verdict, title }, by, because);
  d.want({ kind: 'show', slot: `step:${step}:${run}` });
  return { ok: true, text: verdict === 'confirmed' ? 'Kept as the cause.' : 'Ruled out.' };
}

/** Fingerprints come back from buttons: `constructor` is none, though every object answers to it. */
export const causeOf = (causes: Causes, fingerprint: string): Cause | undefined => (Object.hasOwn(causes, fingerprint) ? causes[fingerprint] : undefined);

export const withCause = (causes: Causes, { fingerprint, title, verdict }: CauseEventBody, { by, at }: { by: string; at: Instant }): Causes => ({
  ...causes,
  [fingerprint]: { title, verdict, by, at },
});

export const sayVerdict = (verdict: CauseVerdict): string => (verdict === 'confirmed' ? 'the cause' : 'ruled out');

function titleOf(data: Readonly<Record<string, Json>>, fingerprint: string): string | undefined {
  const found = Array.isArray(data.found) ? data.found : [];
  const one = found.find((entry: Json) => textIn(entry, 'fingerprint') === fingerprint);
  return one === undefined ? undefined : textIn(one, 'title');
}

function textIn(entry: Json, name: string): string | undefined {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return undefined;
  const value = (entry as Readonly<Record<string, Json>>)[name]; // an object that is no array; the compiler does not narrow readonly arrays away
  return typeof value === 'string' ? value : undefined;
}
