/** The pattern of a query, for backends that cannot search for it themselves. */
import type { LogAsk, LogLine } from './backend.ts';
import { matchTexts } from './match.ts';

const DEADLINE_MS = 2_000;

/** Throws E_REGEX_SYNTAX, E_REGEX_UNSAFE, E_TIMEOUT. */
export async function matching(lines: readonly LogLine[], { pattern }: Pick<LogAsk, 'pattern'>, signal: AbortSignal): Promise<readonly LogLine[]> {
  if (pattern === undefined) return lines;
  const found = await matchTexts(
    lines.map(({ text }) => text),
    pattern,
    { deadlineMs: DEADLINE_MS, signal },
  );
  return lines.filter((_, index) => found[index]);
}
