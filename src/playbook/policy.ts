/** Can enough people approve? Used for `approve:` in playbooks and in services.yml. */
import type { Json } from '../core/model.ts';

/** What is wrong with `{require, from}`; undefined: nothing, or not a policy at all (the schema says so). */
export function policyProblem(approve: Json | undefined): string | undefined {
  if (typeof approve !== 'object' || approve === null || !('require' in approve || 'from' in approve)) return undefined;
  const { require = 1, from } = approve as Readonly<Record<string, Json>>; // a mapping: just looked
  if (typeof require !== 'number' || !Array.isArray(from)) return undefined; // no `from`: any member may approve
  const entries = new Set(from.filter((id) => typeof id === 'string'));
  // A user group (S…) holds any number of people; who is in it is only known when it is asked.
  if ([...entries].some((id) => id.startsWith('S')) || entries.size >= require) return undefined;
  const many = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
  return `${many(require, 'approval')} required, ${entries.size === 1 ? '1 person' : `${entries.size} people`} may approve`;
}
