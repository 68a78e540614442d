/** What a schema cannot say about a step: limits of Slack, templates in texts, who may approve, conditions. */

import { factName } from '../core/facts.ts';
import type { Json } from '../core/model.ts';
import type { StepKind } from '../steps/step.ts';
import { checkCondition, pointAt, type Variables } from './condition.ts';
import { SLACK } from './grammar.ts';
import { problem } from './issues.ts';
import { policyProblem } from './policy.ts';
import type { Problem } from './problem.ts';
import type { Draft } from './step.ts';
import { TEMPLATE_HINT, templateProblem } from './template.ts';
import type { Path, YamlSource } from './yaml-values.ts';

/** Variables besides the steps; the same as core/facts.ts gives. */
const GIVEN: Variables = {
  alert: { summary: 'string', severity: 'string', source: 'string', labels: 'map<string, string>' },
  service: { name: 'string', environment: 'string', repo: 'string' },
  release: { current: 'string', previous: 'string', minutes_before_alert: 'int' },
  incident: { id: 'string', title: 'string', severity: 'string' },
};

export function limitProblems(source: YamlSource, path: Path, raw: Readonly<Record<string, Json>>): readonly Problem[] {
  const { title, choices, approve } = raw;
  const found: Problem[] = [];
  const tooLong = (at: Path, length: number, most: number, what: string): void => {
    if (length > most) found.push(problem({ source, path: at }, 'E_SLACK_LIMIT', `${what} has ${length} characters; Slack shows at most ${most}`));
  };
  for (const [at, text] of stringsIn(raw, path)) tooLong(at, text.length, SLACK.text, `'${String(at.at(-1))}'`);
  if (typeof title === 'string') tooLong([...path, 'title'], title.length, SLACK.title, 'the title');
  if (Array.isArray(choices)) {
    if (choices.length > SLACK.choices)
      found.push(
        problem(
          { source, path: [...path, 'choices', SLACK.choices] },
          'E_SLACK_LIMIT',
          `${choices.length} choices; Slack shows at most ${SLACK.choices} buttons`,
        ),
      );
    for (const [index, choice] of choices.entries())
      if (typeof choice === 'object' && choice !== null && 'label' in choice && typeof choice.label === 'string')
        tooLong([...path, 'choices', index, 'label'], choice.label.length, SLACK.label, 'the label');
  }
  const policy = policyProblem(approve);
  if (policy !== undefined) found.push(problem({ source, path: [...path, 'approve'] }, 'E_PLAYBOOK_POLICY', policy));
  return found;
}

/** Templates in everything a person reads; conditions and patterns are read by machines and may hold braces. */
export function textProblems(source: YamlSource, { path, kind, step }: Draft): readonly Problem[] {
  const read = { title: step.title, ...(step.text !== undefined && { text: step.text }), ...step.params };
  const expressions = new Set(conditionsOf(kind, step.params).map((condition) => condition.path));
  return stringsIn(read, []).flatMap(([at, text]) => {
    const name = at.map(String).join('.');
    const wrong = expressions.has(name) || name.endsWith('pattern') ? undefined : templateProblem(text);
    return wrong === undefined ? [] : [problem({ source, path: [...path, ...at] }, 'E_TEMPLATE', [wrong, TEMPLATE_HINT])];
  });
}

/** What conditions of a playbook may read: what is given, and one variable per step. */
export function variablesOf(drafts: readonly Draft[]): Variables {
  const steps = drafts.map(({ step, kind }) => [factName(step.id), { ...kind.facts, outcome: 'string' }] as const);
  return { ...Object.fromEntries(steps.filter(([name]) => name !== '')), ...GIVEN };
}

export function conditionProblems(source: YamlSource, draft: Draft, variables: Variables): readonly Problem[] {
  return conditionsOf(draft.kind, draft.step.params).flatMap(({ path, expression }) => {
    const wrong = checkCondition(expression, variables);
    return wrong ? [problem({ source, path: [...draft.path, ...path.split('.')] }, 'E_PLAYBOOK_CONDITION', pointAt(expression, wrong))] : [];
  });
}

function conditionsOf(kind: StepKind, params: Readonly<Record<string, Json>>): readonly { path: string; expression: string }[] {
  // Params that the kind refuses have been reported; there is no condition in them to look at.
  return kind.params.safeParse(params).success ? (kind.conditions?.({ ...params }) ?? []) : [];
}

function stringsIn(value: Json, path: Path): readonly (readonly [Path, string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => stringsIn(inner, [...path, Array.isArray(value) ? Number(key) : key]));
}
