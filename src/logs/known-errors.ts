/** The table of known errors: pattern → what it means → how to check → what to do. */
import { matchEach } from './match.ts';

/** What a person reads, in one language. */
export interface Advice {
  readonly title: string;
  readonly means: string;
  readonly check: string;
  readonly do: string;
}
export interface KnownError extends Advice {
  /** `missing-migration`; an entry of a team replaces the shipped one of the same id. */
  readonly id: string;
  /** Regular expressions, case ignored; any of them is enough. Checked by lib/pattern.ts when the table was loaded. */
  readonly match: readonly string[];
  /** The same in other languages, by `TAGBACK_LANG`. */
  readonly in: Readonly<Partial<Record<'zh-CN', Advice>>>;
}

/** Characters of each text that are looked at: an error says what it is at its beginning. */
const LOOKED_AT_CHARS = 1_500;
const MOST_TEXTS = 50;
// A thread takes 50 ms to start, and a second where the machine is busy.
const DEADLINE_MS = 5_000;

/**
 * For each text the first entry that fits, in the order of the table. All patterns run in one thread that is ended at a deadline; when it
 * is late, or the texts are too many, the rest is undefined: advice is help, and its lack stops nothing.
 */
export async function recognise(texts: readonly string[], table: readonly KnownError[], signal: AbortSignal): Promise<readonly (KnownError | undefined)[]> {
  const patterns = table.flatMap((entry) => entry.match.map((pattern) => ({ entry, pattern })));
  const looked = texts.slice(0, MOST_TEXTS).map((text) => text.slice(0, LOOKED_AT_CHARS));
  if (patterns.length === 0 || looked.length === 0) return texts.map(() => undefined);
  const hits = await matchEach(
    looked,
    patterns.map(({ pattern }) => pattern),
    { deadlineMs: DEADLINE_MS, signal },
  );
  return texts.map((_, index) => {
    const hit = hits?.[index] ?? -1;
    return hit < 0 ? undefined : patterns[hit]?.entry;
  });
}

/** A team's entries first; a shipped one of the same id is replaced. */
export function overlaid(own: readonly KnownError[], shipped: readonly KnownError[]): readonly KnownError[] {
  const ids = new Set(own.map(({ id }) => id));
  return [...own, ...shipped.filter(({ id }) => !ids.has(id))];
}
