/** The shape of a playbook: does every reference lead somewhere, is every step reached, is there a way out? Pure. */
import { closest } from '../lib/closest.ts';
import type { Code } from '../lib/failure.ts';

/** A reference may say so instead of naming a step. */
export const END = 'end';

export interface Junction {
  readonly id: string;
  /** Where the outcomes lead: a step or END; `fail` is followed when it could not run. */
  readonly leads: Readonly<Record<string, string>>;
}
export interface Flaw {
  readonly code: Code;
  /** Index of the step, and the outcome whose line is wrong (undefined: the step itself). */
  readonly step: number;
  readonly outcome: string | undefined;
  readonly message: string;
}

export function flawsOf(steps: readonly Junction[]): readonly Flaw[] {
  const ids = steps.map(({ id }) => id);
  const dangling = steps.flatMap(({ id, leads }, step) =>
    Object.entries(leads).flatMap(([outcome, to]): Flaw[] =>
      to === END || ids.includes(to) ? [] : [{ code: 'E_PLAYBOOK_REF', step, outcome, message: noSuchStep(id, to, ids) }],
    ),
  );
  // The rest would only repeat what a wrong reference or a doubled id causes.
  if (dangling.length > 0 || new Set(ids).size < ids.length) return dangling;
  return [...trapped(steps), ...unreached(steps)];
}

function noSuchStep(id: string, to: string, ids: readonly string[]): string {
  const near = closest(to, ids);
  return `step '${id}' refers to '${to.slice(0, 60)}', which is no step${near === undefined ? '' : `; did you mean '${near}'?`}`;
}

function unreached(steps: readonly Junction[]): readonly Flaw[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const reached = new Set<string>();
  const open = steps.slice(0, 1).map(({ id }) => id);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    open.push(...Object.values(byId.get(id)?.leads ?? {}).filter((to) => to !== END));
  }
  return steps.flatMap(({ id }, step): Flaw[] =>
    reached.has(id) ? [] : [{ code: 'E_PLAYBOOK_REF', step, outcome: undefined, message: `step '${id}' is never reached: no step leads to it` }],
  );
}

/** Steps from which no way leads to the end: one flaw, at the first step of the loop, with the loop written out. */
function trapped(steps: readonly Junction[]): readonly Flaw[] {
  const free = new Set(steps.filter(({ leads }) => Object.values(leads).includes(END)).map(({ id }) => id));
  for (let before = -1; before < free.size; ) {
    before = free.size;
    for (const { id, leads } of steps) if (Object.values(leads).some((to) => free.has(to))) free.add(id);
  }
  const first = steps.findIndex(({ id }) => !free.has(id));
  if (first < 0) return [];
  const byId = new Map(steps.map((step) => [step.id, step]));
  const way: string[] = [];
  for (let id = steps[first]?.id; id !== undefined && !way.includes(id); id = Object.values(byId.get(id)?.leads ?? {})[0]) way.push(id);
  const last = Object.values(byId.get(way.at(-1) ?? '')?.leads ?? {})[0] ?? '';
  const loop = way.slice(Math.max(0, way.indexOf(last)));
  const message = `the steps ${[...loop, last].join(' -> ')} go round with no way out; give one of them an outcome that leads to '${END}'`;
  return [
    {
      code: 'E_PLAYBOOK_CYCLE',
      step: Math.max(
        0,
        steps.findIndex(({ id }) => id === loop[0]),
      ),
      outcome: undefined,
      message,
    },
  ];
}
