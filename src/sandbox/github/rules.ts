/** What may not be done to a branch or tag: rulesets of the repository, and the lock of an immutable release. */
import { type Answer, refuse } from './answer.ts';
import type { World } from './world.ts';

export interface Rules {
  /** `heads/stable`, `tags/v*`; `*` stands for anything. */
  readonly refs: readonly string[];
  /** What GitHub says. Default: its words for the rule "restrict updates". */
  readonly message?: string;
  /** Default 422; some doors of GitHub say 403. */
  readonly status?: 403 | 422;
}
type Change = 'create' | 'update' | 'delete';

// GitHub's words in 2026, from push logs people published.
const WORDS: Readonly<Record<Change, string>> = {
  create: 'Cannot create ref due to creations being restricted.',
  update: 'Cannot update this protected ref.',
  delete: 'Cannot delete this protected ref.',
};

/** The refusal (422), or undefined when the ref may be changed so. `ref` is `heads/…` or `tags/…`. */
export function refuseChange(world: World, ref: string, change: Change): Answer | undefined {
  if (isLocked(world, ref)) return violation(WORDS[change]);
  const { rules } = world.options;
  if (!rules?.refs.some((pattern) => fits(pattern, ref))) return undefined;
  return violation(rules.message ?? WORDS[change], rules.status);
}

const isLocked = (world: World, ref: string): boolean =>
  world.releases.list().some((release) => release.immutable && !release.draft && ref === `tags/${release.tag}`);

const violation = (words: string, status = 422): Answer => refuse(status, `Repository rule violations found\n\n${words}\n\n`);

function fits(pattern: string, ref: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`).test(ref);
}
