/** Lines without secrets, as everything behind the search sees them. */
import { lineScrubber } from '../lib/scrub.ts';
import type { LogLine } from './backend.ts';

// About a millisecond of work; other work gets its turn in between.
const SLICE_CHARS = 16 * 1024;
/** Nobody reads further. */
const LINE_CHARS = 16 * 1024;

/** Without the secrets we can recognise, each line at most 16 KiB. Doing it again changes nothing more. */
export async function cleanLines(lines: readonly LogLine[]): Promise<readonly LogLine[]> {
  const clean = lineScrubber();
  const out: LogLine[] = [];
  let chars = 0;
  for (const { at, text } of lines) {
    const cut = text.length > LINE_CHARS ? `${text.slice(0, LINE_CHARS)}…` : text;
    out.push({ at, text: clean(cut) });
    chars += cut.length + 1;
    if (chars < SLICE_CHARS) continue;
    chars = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return out;
}
