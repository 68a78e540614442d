/** YAML → checked Playbook. Everything that is wrong is said at once, each with file, line and column. */
import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import { z } from 'zod';
import type { Playbook } from '../core/playbook.ts';
import { didYouMean } from '../lib/closest.ts';
import type { StepKind } from '../steps/step.ts';
import { fileShape, NAME, spelled } from './grammar.ts';
import { describe, problem, problemsOf } from './issues.ts';
import { type Problem, shown } from './problem.ts';
import { type Draft, readStep } from './step.ts';
import { conditionProblems, textProblems, variablesOf } from './step-checks.ts';
import { flawsOf } from './structure.ts';
import { inOrder, readYaml } from './yaml.ts';
import type { YamlSource } from './yaml-values.ts';

export type PlaybookOutcome = { readonly ok: true; readonly playbook: Playbook } | { readonly ok: false; readonly problems: readonly Problem[] };

// The checks compare steps with each other; and nobody finds the way through more.
const MOST_STEPS = 100;

/** Never throws for anything in the text. `file` is named in the problems and gives the playbook its default name. */
export function loadPlaybook(text: string | Uint8Array, file: string, kinds: readonly StepKind[]): PlaybookOutcome {
  const read = readYaml(text, file);
  if (!read.ok) return read;
  const { source } = read;
  const head = readHead(source);
  if (stepCount(source) > MOST_STEPS) {
    const message = `${stepCount(source)} steps; at most ${MOST_STEPS} can be followed by people`;
    return { ok: false, problems: [problem({ source, path: ['steps', MOST_STEPS] }, 'E_TOO_LARGE', message)] };
  }
  const { drafts, problems } = readSteps(source, kinds);
  const all = [...head.problems, ...problems, ...wholeProblems(source, drafts)];
  if (all.length > 0) return { ok: false, problems: inOrder(all) };
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return { ok: true, playbook: { name: head.name, title: head.title, hash, steps: drafts.map(({ step }) => step) } };
}

interface Head {
  readonly name: string;
  readonly title: string;
  readonly problems: readonly Problem[];
}
const FILE = z.strictObject({ ...fileShape, steps: z.array(z.unknown()) });

function readHead(source: YamlSource): Head {
  const parsed = FILE.safeParse(source.value);
  const fallback = basename(source.file, extname(source.file));
  if (!parsed.success) return { name: fallback, title: fallback, problems: headProblems(source, parsed.error) };
  const { name = fallback, title = spelled(name), steps } = parsed.data;
  const problems: Problem[] = [];
  if (!NAME.test(name)) {
    const message = `the file name '${shown(fallback)}' cannot be the name of the playbook`;
    problems.push(problem({ source, path: [] }, 'E_PLAYBOOK_KEY', [message, "add 'name:' with small letters, digits and dashes"]));
  }
  if (steps.length === 0) problems.push(problem({ source, path: ['steps'] }, 'E_PLAYBOOK_EMPTY', 'the playbook has no steps'));
  return { name, title, problems };
}

function headProblems(source: YamlSource, error: z.ZodError): readonly Problem[] {
  const found = problemsOf(error.issues, { source, base: [], schema: FILE });
  // Whoever wrote `stpes` has been told; that `steps` is missing would be said twice.
  const misspelt = found.some(({ message }) => message.includes("did you mean 'steps'"));
  return misspelt ? found.filter(({ message }) => !message.startsWith("key 'steps' is missing")) : found;
}

function readSteps(source: YamlSource, kinds: readonly StepKind[]): { drafts: readonly Draft[]; problems: readonly Problem[] } {
  const { value } = source;
  const steps = typeof value === 'object' && value !== null && 'steps' in value ? value.steps : undefined;
  const drafts: Draft[] = [];
  const problems: Problem[] = [];
  for (const [index, raw] of (Array.isArray(steps) ? steps : []).entries()) {
    const path = ['steps', index];
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
      problems.push(problem({ source, path }, 'E_PLAYBOOK_TYPE', `expected a step (a mapping with 'id' and 'use'), got ${describe(raw)}`));
      continue;
    }
    const kind = kinds.find(({ use }) => use === raw.use);
    if (!kind) {
      problems.push(unknownKind(source, path, raw, kinds));
      continue;
    }
    const read = readStep({ source, path, raw, kind, following: idOf(steps, index + 1) });
    problems.push(...read.problems);
    drafts.push(read.draft);
  }
  return { drafts, problems };
}

const idOf = (steps: unknown, index: number): string | undefined => {
  const step: unknown = Array.isArray(steps) ? steps[index] : undefined;
  return typeof step === 'object' && step !== null && 'id' in step && typeof step.id === 'string' ? step.id : undefined;
};

function unknownKind(source: YamlSource, path: readonly (string | number)[], raw: Readonly<Record<string, unknown>>, kinds: readonly StepKind[]): Problem {
  const names = kinds.map(({ use }) => use);
  const list = `kinds of steps: ${names.join(', ')}`;
  const { use, type } = raw;
  if (use === undefined && type !== undefined) {
    const known = typeof type === 'string' && names.includes(type);
    const near = typeof type === 'string' && !known ? didYouMean(type, names) : '';
    return problem({ source, path: [...path, 'type'], part: 'key' }, 'E_PLAYBOOK_STEP', [
      `'type:' is not a key of a step, write 'use:'${known ? ` ('use: ${type}')` : `.${near}`}`,
      list,
    ]);
  }
  if (use === undefined) return problem({ source, path }, 'E_PLAYBOOK_STEP', ["the step does not say what kind it is ('use:')", list]);
  const near = typeof use === 'string' ? didYouMean(use, names) : '';
  return problem({ source, path: [...path, 'use'] }, 'E_PLAYBOOK_STEP', [`unknown kind of step: ${describe(use)}.${near}`, list]);
}

/** What only shows when all steps are read. */
function wholeProblems(source: YamlSource, drafts: readonly Draft[]): readonly Problem[] {
  const twice = drafts.flatMap((draft, index): Problem[] => {
    const first = drafts.findIndex(({ step }) => step.id === draft.step.id);
    if (first === index || draft.step.id === '') return [];
    const line = source.place([...(drafts[first]?.path ?? []), 'id']).line;
    return [
      problem(
        { source, path: [...draft.path, 'id'] },
        'E_PLAYBOOK_ID',
        `duplicate id '${draft.step.id}': used on line ${line} and on line ${source.place([...draft.path, 'id']).line}`,
      ),
    ];
  });
  const flaws = drafts.length === stepCount(source) ? flawsOf(drafts.map(({ junction }) => junction)) : [];
  const structural = flaws.flatMap(({ code, step, outcome, message }): Problem[] => {
    const draft = drafts[step];
    if (!draft) return [];
    const line = outcome === undefined ? undefined : draft.lines[outcome];
    return [problem({ source, path: [...draft.path, line ?? 'id'] }, code, message)];
  });
  const variables = variablesOf(drafts);
  const perStep = drafts.flatMap((draft) => [...conditionProblems(source, draft, variables), ...textProblems(source, draft)]);
  return [...twice, ...structural, ...perStep];
}

function stepCount(source: YamlSource): number {
  const { value } = source;
  return typeof value === 'object' && value !== null && 'steps' in value && Array.isArray(value.steps) ? value.steps.length : 0;
}
