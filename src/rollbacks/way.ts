/** From which release to which, and whether their names may be handed to whoever deploys. */
import type { Release } from '../core/rollback.ts';
import type { RollbackFacts } from '../core/rollback-facts.ts';
import { oneLine, type Values } from './fill.ts';
import { undoKey } from './rekey.ts';
import type { PlanContext, Proposal } from './strategy.ts';

export type NotApplicable = Extract<Proposal, { kind: 'not-applicable' }>;
export const notApplicable = (because: string): NotApplicable => ({ kind: 'not-applicable', because });

export interface Way {
  readonly from: Release;
  readonly to: Release;
}

/** Between which two releases; said in the same words by every strategy where it is not known. */
export function wayOf({ current, target }: RollbackFacts): Way | NotApplicable {
  return current === undefined || target === undefined ? notApplicable('it is not known from which release to which') : { from: current, to: target };
}

/** What the templates of a deed are filled with, and those of its way back. */
export const valuesThere = ({ from, to }: Way, { key, reason }: PlanContext): Values => ({ tag: to.tag, from: from.tag, reason, key });
export const valuesBack = ({ from, to }: Way, { key, reason }: PlanContext): Values => ({
  tag: from.tag,
  from: to.tag,
  reason: `undo: ${reason}`,
  key: undoKey(key),
});

/** At most this much of a name that is not a tag is repeated to people. */
const ECHO_MAX = 60;
export const oddName = (tag: string): NotApplicable =>
  notApplicable(`the name ${oneLine(tag, ECHO_MAX)} holds characters that a deploy script could take for a command; only letters, digits and . _ + - are sent`);
