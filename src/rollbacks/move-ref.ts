/** Goes back by moving a branch or a floating tag, such as `stable`, that a deployer follows. A release's own tag is never moved. */
import * as z from 'zod';
import type { RollbackFacts } from '../core/rollback-facts.ts';
import { defineStrategy } from './strategy.ts';
import { notApplicable, wayOf } from './way.ts';

/** Where people's work comes together: moving it back by force would lose commits. `revert-pr` is made for it. */
const MAIN_LINES = ['heads/main', 'heads/master', 'heads/trunk', 'heads/develop'];

export const moveRef = defineStrategy({
  use: 'move-ref',
  about: 'Moves a branch or a floating tag that your deployer follows to the commit of the older release.',
  options: z.strictObject({
    ref: z
      .string()
      .regex(/^(?:heads|tags)\/[A-Za-z0-9][\w.+-]{0,99}(?:\/[A-Za-z0-9][\w.+-]{0,99}){0,4}$/, 'expected e.g. heads/stable or tags/stable')
      .refine((ref) => !/\.\.|\.$|\.lock(?:\/|$)|\.\//.test(ref), 'Git takes no such name')
      .refine((ref) => !MAIN_LINES.includes(ref), 'the main line is never moved back by force; use revert-pr')
      .describe('heads/… or tags/…; made for being moved, never the tag of a release'),
  }),
  reads: ({ ref }) => ({ ref }),
  plan(facts, { ref }) {
    const way = wayOf(facts);
    if ('kind' in way) return way;
    const { from, to } = way;
    const own = releaseOf(facts, ref);
    if (own !== undefined) return notApplicable(own);
    const at = facts.refs[ref];
    if (at === undefined) return notApplicable(`where ${ref} points could not be read`);
    if (at === null) return notApplicable(`there is no ${ref} in ${facts.repo}`);
    if (at === to.sha) return notApplicable(`${ref} points at ${to.tag} already`);
    const move = { kind: 'moveRef', ref } as const;
    return { kind: 'applicable', actions: [{ ...move, from: at, to: to.sha, tag: to.tag }], undo: [{ ...move, from: to.sha, to: at, tag: from.tag }] };
  },
});

/** A tag that a release stands on says for ever what that release is. */
function releaseOf({ releases, target, current }: RollbackFacts, ref: string): string | undefined {
  const tag = ref.startsWith('tags/') ? ref.slice('tags/'.length) : undefined;
  const release = tag === undefined ? undefined : releases.find((one) => one.tag === tag && !one.draft);
  if (release?.immutable) return `${ref} is the tag of an immutable release: GitHub has locked it to its commit`;
  const isOwn = release !== undefined || (tag !== undefined && (tag === target?.tag || tag === current?.tag));
  return isOwn ? `${ref} is the tag of a release; a release's own tag is never moved, name a floating one` : undefined;
}
