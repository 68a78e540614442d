/** What check-logs knows beside the logs; each may be missing, and then it says less. */
import type { Origin } from './findings.ts';
import type { KnownError } from './known-errors.ts';
import type { ReleaseDiff } from './touched.ts';

export interface LogHelp {
  /** What the running release changed against the one before; undefined: there is nothing to compare. Throws Failure. */
  readonly releaseDiff?: (
    ask: { readonly repo: string; readonly base: string; readonly head: string },
    signal: AbortSignal,
  ) => Promise<ReleaseDiff | undefined>;
  /** Which commit of the release `base`…`head` changed the file last; undefined: none of them, the file is as it was before. Throws Failure. */
  readonly lastChange?: (
    ask: { readonly repo: string; readonly base: string; readonly head: string; readonly path: string },
    signal: AbortSignal,
  ) => Promise<Origin | undefined>;
  /** The table of known errors as it is in force now. */
  readonly knownErrors?: () => readonly KnownError[];
}
