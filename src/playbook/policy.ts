/** Can enough people approve? Used for `approve:` in playbooks and in services.yml. */
import type { Json } from '../core/model.ts';
import { slackIds } from './services-rollback-shape.ts';

type Mapping = Readonly<Record<string, Json>>;

/** What is wrong with `{require, from}`; undefined: nothing, or not a policy at all (the schema says so). */
export function policyProblem(approve: Json | undefined): string | undefined {
  if (typeof approve !== 'object' || approve === null || !('require' in approve || 'from' in approve)) return undefined;
  const { require = 1, from } = approve as Mapping; // a mapping: just looked
  return typeof require === 'number' ? tooFew(require, from, 'required') : undefined;
}

export interface ServicePolicyProblem {
  /** Below `approve:`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** The same for the whole `approve:` of services.yml: who may ask, quiet hours, the glass. */
export function servicePolicyProblems(approve: Json | undefined): readonly ServicePolicyProblem[] {
  if (typeof approve !== 'object' || approve === null || Array.isArray(approve)) return [];
  const { quiet, ask, break_glass: glass } = approve as Mapping; // a mapping: just looked
  const people = policyProblem(approve) ?? onlyTheAsker(approve as Mapping);
  return [
    ...(people === undefined ? [] : [{ path: [], message: people }]),
    ...(Array.isArray(ask) && ask.length === 0
      ? [{ path: ['ask'], message: 'ask names nobody; name who may ask, or leave the line out: then any member may' }]
      : []),
    ...(Array.isArray(glass) && glass.length === 0
      ? [{ path: ['break_glass'], message: 'break_glass names nobody; name who may go alone, or leave the line out: then nobody may' }]
      : []),
    ...(Array.isArray(quiet) ? quiet.flatMap((hours, index) => quietProblems(hours, index, approve as Mapping)) : []),
  ];
}

/** Whoever asks may not approve: with one name in both lists, and nobody else in the second, no rollback is ever approved. */
function onlyTheAsker({ require = 1, from, ask, requester = false }: Mapping): string | undefined {
  const [askers, approvers] = [peopleOf(ask), peopleOf(from)];
  if (requester !== false || typeof require !== 'number' || !askers || !approvers || askers.size === 0) return undefined;
  const isStuck = [...askers].every((asker) => approvers.size - (approvers.has(asker) ? 1 : 0) < require);
  if (!isStuck) return undefined;
  return `${many(require, 'approval')} required, but whoever asks may not approve, which leaves too few; name more people in from, or set requester: true`;
}

function quietProblems(hours: Json, index: number, { require: always = 1, from }: Mapping): readonly ServicePolicyProblem[] {
  if (typeof hours !== 'object' || hours === null || Array.isArray(hours)) return [];
  const { require = 2 } = hours as Mapping; // a mapping: just looked
  if (typeof require !== 'number' || typeof always !== 'number') return [];
  const path = ['quiet', index, 'require'];
  if (require < always) return [{ path, message: `${many(always, 'approval')} required at any time, so ${require} in quiet hours would change nothing` }];
  const message = tooFew(require, from, 'required in these hours');
  return message === undefined ? [] : [{ path, message }];
}

function tooFew(require: number, from: Json | undefined, required: string): string | undefined {
  const entries = peopleOf(from);
  if (!entries || entries.size >= require) return undefined;
  return `${many(require, 'approval')} ${required}, ${entries.size === 1 ? '1 person' : `${entries.size} people`} may approve`;
}

/**
 * undefined: anybody, or a user group (S…), which holds any number of people; who is in it is only known when it is asked. Or a list that is
 * wrong in itself: that has been said, and how many people it was meant to name is not known.
 */
function peopleOf(list: Json | undefined): ReadonlySet<string> | undefined {
  const read = slackIds.safeParse(list);
  if (!read.success) return undefined;
  const entries = new Set(read.data);
  return [...entries].some((id) => id.startsWith('S')) ? undefined : entries;
}

const many = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
