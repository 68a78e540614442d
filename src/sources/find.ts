/** Where a value stands in a body whose shape services.yml tells: a path, several of which the first that finds something holds, or an expression (CEL). */
import { z } from 'zod';
import type { Json } from '../core/model.ts';
import { Failure } from '../lib/failure.ts';
import { checkExpression, compileCondition, pointAt } from '../playbook/condition.ts';

/** `alert.id`, `events[0].title`. Own properties only, so `__proto__` and `constructor` find nothing. */
const path = z.string().regex(/^[\w@$-]+(?:\.[\w@$-]+|\[\d{1,4}\])*$/, 'expected a path like alert.id or events[0].id; an expression is written { cel: "…" }');
const expression = z.strictObject({
  cel: z.string().superRefine((text, context) => {
    const problem = checkExpression(text);
    if (problem) context.addIssue({ code: 'custom', message: pointAt(text, problem), params: { code: 'E_PLAYBOOK_CONDITION' } });
  }),
});
const place = z.union([path, expression]);

export const places = z.union([path, expression, z.array(place).min(1).max(8)]);
export type Place = z.output<typeof place>;
export type Places = z.output<typeof places>;

type Facts = Readonly<Record<string, unknown>>;

/** The first that finds something. `around` is known to expressions only, beside what is in the body. */
export function find(body: Facts, where: Places, around: Facts = {}): unknown {
  for (const one of listOf(where)) {
    const found = typeof one === 'string' ? follow(body, one) : evaluate(one.cel, { ...body, ...around });
    if (found !== undefined && found !== null && found !== '') return found;
  }
  return undefined;
}

/** For messages: the first path, or that it is an expression. */
export function describePlace(where: Places, field: string): string {
  const [first] = listOf(where);
  return typeof first === 'string' ? first : `${field} (cel)`;
}

const listOf = (where: Places): readonly Place[] => (typeof where === 'string' || 'cel' in where ? [where] : where);

function follow(body: unknown, path: string): unknown {
  let inner = body;
  for (const [, name, index] of path.matchAll(/([\w@$-]+)|\[(\d+)\]/g)) {
    const key = name ?? index ?? '';
    inner = typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key) ? Reflect.get(inner, key) : undefined;
  }
  return inner;
}

/** What it reads may not be in this body, as with a path: then it finds nothing. */
function evaluate(cel: string, facts: Facts): Json | undefined {
  try {
    return compileCondition(cel).evaluate(facts as Readonly<Record<string, Json>>); // it came out of JSON.parse
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
