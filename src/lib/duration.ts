/** Durations as people write them: `90s`, `5m`, `2h`, `1h30m`. */
import { z } from 'zod';

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SECOND_MS = UNIT_MS.s;
const DAY_MS = UNIT_MS.d;
const isUnit = (text: string | undefined): text is keyof typeof UNIT_MS => text !== undefined && text in UNIT_MS;

/** Milliseconds, or undefined when it is no duration. Units go from large to small, each at most once: `1h30m`, not `30m1h`. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d{1,6}d)?(?:\d{1,6}h)?(?:\d{1,6}m)?(?:\d{1,6}s)?$/.test(text) || text === '') return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([dhms])/g)) if (isUnit(unit)) total += Number(count) * UNIT_MS[unit];
  return total;
}

/** The largest two units that are not zero: `1h 30m`, `2m`, `45s`; `0s` for less than a second. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.floor(ms / SECOND_MS)) * SECOND_MS;
  const parts: string[] = [];
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const count = Math.floor(rest / UNIT_MS[unit]);
    rest -= count * UNIT_MS[unit];
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
  }
  return parts.slice(0, 2).join(' ') || '0s';
}

/**
 * Schema of a duration in YAML. It stays the text it was (so that params can be read twice); `parseDuration` gives the milliseconds.
 * Refusals carry the code E_PLAYBOOK_DURATION.
 */
export function durationText(range: { minMs?: number; maxMs?: number } = {}): z.ZodType<string, string> {
  const { minMs = SECOND_MS, maxMs = DAY_MS } = range;
  const bounds = `${minMs === 0 ? '0s' : compact(minMs)}..${compact(maxMs)}`;
  return z
    .string()
    .refine((text) => inRange(parseDuration(text), minMs, maxMs), {
      error: ({ input }) => {
        const ms = parseDuration(String(input));
        const wrong = ms === undefined ? 'not a duration; expected e.g. 90s, 5m, 2h' : ms < minMs ? 'too short' : 'too long';
        return `'${String(input).slice(0, 40)}' is ${wrong}; ${bounds}`;
      },
      params: { code: 'E_PLAYBOOK_DURATION' },
    })
    .meta({ description: `A duration such as 90s, 5m, 2h (${bounds})`, examples: ['90s', '5m', '2h'] });
}

const inRange = (ms: number | undefined, minMs: number, maxMs: number): boolean => ms !== undefined && ms >= minMs && ms <= maxMs;
// 24h rather than 1d: the unit people read in the refusal is the one they would write.
const compact = (ms: number): string => (ms === DAY_MS ? '24h' : formatDuration(ms).replaceAll(' ', ''));
