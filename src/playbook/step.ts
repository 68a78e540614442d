/** One step of a playbook file: its common keys, the params of its kind, and where its outcomes lead. */
import { z } from 'zod';
import type { Json } from '../core/model.ts';
import type { Step } from '../core/playbook.ts';
import { parseDuration } from '../lib/duration.ts';
import type { StepKind } from '../steps/step.ts';
import { lineFor, linesOf, type Outcomes, outcomesOf, spelled, stepShape } from './grammar.ts';
import { problem, problemsOf, unknownKey } from './issues.ts';
import type { Problem } from './problem.ts';
import { reread } from './reread.ts';
import { limitProblems } from './step-checks.ts';
import { END, type Junction } from './structure.ts';
import type { Path, YamlSource } from './yaml-values.ts';

/** A step and where it stands, before the whole playbook has been judged. */
export interface Draft {
  readonly path: Path;
  readonly kind: StepKind;
  readonly step: Step;
  readonly junction: Junction;
  /** outcome → the key it was written under. */
  readonly lines: Readonly<Record<string, string>>;
}
export interface RawStep {
  readonly source: YamlSource;
  readonly path: Path;
  readonly raw: Readonly<Record<string, Json>>;
  readonly kind: StepKind;
  /** Id of the step below it; undefined for the last. */
  readonly following: string | undefined;
}

const common = z.object(stepShape);
// Names that mean something else in conditions, in `next`, or among outcomes.
const TAKEN = ['alert', 'service', 'release', 'incident', END];
const TAKEN_OUTCOMES = ['done', 'fail', 'skipped'];

export function readStep(raw: RawStep): { draft: Draft; problems: readonly Problem[] } {
  const { kind, path, source } = raw;
  const outcomes = outcomesOf(kind, raw.raw);
  const lines = linesOf(outcomes);
  const head = common.safeParse(raw.raw);
  const own = Object.fromEntries(Object.entries(raw.raw).filter(([key]) => key in kind.params.shape && !(key in stepShape)));
  const params = reread(kind.params, own);
  const limits = limitProblems(source, path, raw.raw);
  const problems = [
    ...keyProblems(raw, lines),
    ...(head.success ? [] : problemsOf(head.error.issues, { source, base: path, schema: common })),
    ...limits,
    // What Slack would not show has been said already, with its reason.
    ...problemsOf(limits.length === 0 ? params.issues : params.issues.filter(({ code }) => code !== 'too_big'), { source, base: path, schema: kind.params }),
    ...takenProblems(raw, outcomes),
  ];
  const id = typeof raw.raw.id === 'string' ? raw.raw.id : '';
  const leads = leadsOf(raw, lines);
  const step: Step = {
    id,
    use: kind.use,
    by: kind.by,
    title: head.data?.title ?? spelled(id),
    text: head.data?.text,
    params: params.value as Step['params'], // a step's params are a mapping
    owner: head.data?.owner,
    timeoutMs: head.data?.timeout === undefined ? undefined : parseDuration(head.data.timeout),
    next: leads,
  };
  return { draft: { path, kind, step, junction: { id, leads }, lines: writtenLines(raw, lines) }, problems };
}

/** outcome → step or END. Complete: `done` is there unless every outcome has a line of its own. */
function leadsOf({ raw, kind, following }: RawStep, lines: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const leads: Record<string, string> = {};
  for (const [line, outcome] of lines) {
    const to = raw[line];
    if (typeof to === 'string') leads[outcome] = to;
  }
  const outcomes = outcomesOf(kind, raw);
  const needed = outcomes.done || outcomes.named.length === 0 || outcomes.named.some((outcome) => leads[outcome] === undefined);
  const next = typeof raw.next === 'string' ? raw.next : (following ?? END);
  if (needed && leads.done === undefined) leads.done = next;
  return leads;
}

function writtenLines({ raw }: RawStep, lines: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return Object.fromEntries([...lines].map(([line, outcome]) => [outcome, outcome === 'done' && !(line in raw) ? 'next' : line]));
}

function keyProblems({ source, path, raw, kind }: RawStep, lines: ReadonlyMap<string, string>): readonly Problem[] {
  const known = ['use', ...Object.keys(stepShape), ...Object.keys(kind.params.shape), ...lines.keys()];
  return Object.entries(raw).flatMap(([key, value]) => {
    if (lines.has(key) && typeof value !== 'string')
      return [problem({ source, path: [...path, key] }, 'E_PLAYBOOK_TYPE', `'${key}': expected the id of a step or '${END}'`)];
    if (known.includes(key)) return [];
    if (key.startsWith('on_')) {
      const message = `a '${kind.use}' step has no outcome for '${key.slice(0, 60)}'`;
      return [problem({ source, path: [...path, key], part: 'key' }, 'E_PLAYBOOK_KEY', [message, `it may have ${[...lines.keys()].join(', ')}`])];
    }
    return [unknownKey(source, [...path, key], known)];
  });
}

function takenProblems({ source, path, raw }: RawStep, outcomes: Outcomes): readonly Problem[] {
  const id = raw.id;
  const ids =
    typeof id === 'string' && TAKEN.includes(id)
      ? [problem({ source, path: [...path, 'id'] }, 'E_PLAYBOOK_ID', `the id '${id}' means something else already; choose another`)]
      : [];
  const { choices } = raw;
  const doubled = outcomes.named.findIndex((outcome, index) => outcomes.named.some((other, at) => at < index && lineFor(other) === lineFor(outcome)));
  const taken = Array.isArray(choices) ? outcomes.named.findIndex((outcome) => TAKEN_OUTCOMES.includes(outcome)) : -1;
  const wrong = (index: number, message: string): readonly Problem[] =>
    index < 0 ? [] : [problem({ source, path: [...path, 'choices', index, 'id'] }, 'E_PLAYBOOK_ID', `choice '${outcomes.named[index] ?? ''}' ${message}`)];
  return [...ids, ...wrong(doubled, 'is there twice'), ...wrong(taken, 'means something else already; choose another id')];
}
