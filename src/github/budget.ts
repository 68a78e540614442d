/** How much GitHub still lets us ask, from the headers of its answers; and when it told us to be quiet. */
import { ANONYMOUS_LIMIT } from '../core/quota.ts';
import type { Clock } from '../lib/clock.ts';

export interface Budget {
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  /** ms since 1970. */
  readonly resetAt: number | undefined;
  /** GitHub gives 60 calls an hour to callers it does not know, although we sent a credential; undefined: not asked yet. */
  readonly anonymous: boolean | undefined;
  /** GitHub's clock minus ours, by the Date header of the last answer. */
  readonly skewMs: number | undefined;
}

export type Headers = Readonly<Record<string, string | number | undefined>>;

const RESERVED = 200;
const RESERVED_SHARE = 0.1;
/** Limits last an hour at most; a longer wait is somebody's broken clock. */
const LONGEST_WAIT_MS = 65 * 60_000;
const SECONDARY_WAIT_MS = 60_000;
const SECONDARY_LONGEST_MS = 15 * 60_000;

export interface Meter {
  note(headers: Headers): void;
  /** GitHub refused for its limits: nothing more is sent before the time returned. */
  refused(headers: Headers): number;
  /** Quiet until then, because a limit was hit; undefined: free to call. */
  quietUntil(): number | undefined;
  /** Too little is left for calls that can wait. */
  scarceUntil(): number | undefined;
  budget(): Budget;
}

export function createMeter(clock: Clock): Meter {
  let seen: Seen = { limit: undefined, remaining: undefined, resetAt: undefined, skewMs: undefined };
  let quiet = 0;
  let strikes = 0;
  const live = (): boolean => seen.resetAt !== undefined && seen.resetAt > clock.now();
  return {
    note(headers) {
      seen = look(headers, seen, clock.now());
      if (clock.now() >= quiet) strikes = 0;
    },
    refused(headers) {
      const now = clock.now();
      seen = look(headers, seen, now);
      strikes += 1;
      quiet = Math.max(quiet, Math.min(endOfLimit(headers, seen, { now, strikes }), now + LONGEST_WAIT_MS));
      return quiet;
    },
    quietUntil() {
      if (quiet > clock.now()) return quiet;
      return seen.remaining === 0 && live() ? seen.resetAt : undefined;
    },
    scarceUntil() {
      const { limit, remaining, resetAt } = seen;
      if (limit === undefined || remaining === undefined || !live()) return undefined;
      return remaining < RESERVED || remaining < limit * RESERVED_SHARE ? resetAt : undefined;
    },
    budget: () => ({
      ...seen,
      remaining: live() ? seen.remaining : seen.limit,
      anonymous: seen.limit === undefined ? undefined : seen.limit === ANONYMOUS_LIMIT,
    }),
  };
}

type Seen = Omit<Budget, 'anonymous'>;

/** What an answer's headers say, over what was known before. */
function look(headers: Headers, before: Seen, now: number): Seen {
  const date = Date.parse(String(headers.date ?? ''));
  const skewMs = Number.isNaN(date) ? before.skewMs : date - now;
  const read = (name: string): number | undefined => whole(headers[`x-ratelimit-${name}`]);
  const [limit, remaining, reset] = [read('limit'), read('remaining'), read('reset')];
  // Search and GraphQL have budgets of their own.
  const isOurs = (headers['x-ratelimit-resource'] ?? 'core') === 'core' && limit !== undefined && remaining !== undefined;
  if (!isOurs) return { ...before, skewMs };
  // The reset is told by GitHub's clock; ours may be off.
  const resetAt = reset === undefined ? undefined : Math.min(reset * 1000 - (Number.isNaN(date) ? 0 : date - now), now + LONGEST_WAIT_MS);
  return { limit, remaining, resetAt, skewMs };
}

/** "wait at least one minute … exponentially increasing" (docs.github.com, rate limits) when no header says how long. */
function endOfLimit(headers: Headers, { remaining, resetAt }: Seen, { now, strikes }: { readonly now: number; readonly strikes: number }): number {
  const afterS = whole(headers['retry-after']);
  if (afterS !== undefined) return now + afterS * 1000;
  if (remaining === 0 && resetAt !== undefined) return resetAt + 1000;
  return now + Math.min(SECONDARY_WAIT_MS * 2 ** (strikes - 1), SECONDARY_LONGEST_MS);
}

function whole(value: string | number | undefined): number | undefined {
  return value !== undefined && /^\d{1,12}$/.test(String(value)) ? Number(value) : undefined;
}

/**
 * GitHub's secondary limits (docs.github.com, rate limits for the REST API): 80 requests a minute and 500 an hour that make content. The second
 * between two writes is its advice for those who send many; a rollback is one of a few, and people wait for it: it leaves at once, as
 * long as both limits are kept. Nobody waits here for a limit to end.
 */
export interface Spacing {
  /** When this write may leave. If that is after `latest`, no place is taken, and `until` says when to come again. */
  next(latest: number, priority?: 'rollback'): { readonly at: number } | { readonly until: number };
}
const GAP_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Less than GitHub's 80: what left a minute apart may arrive closer together. */
const WRITES_PER_MINUTE = 75;
const WRITES_PER_HOUR = 500;

export function createSpacing(clock: Clock): Spacing {
  /** When each write of the last hour left or will leave, oldest first. */
  let sent: readonly number[] = [];
  return {
    next(latest, priority) {
      const now = clock.now();
      sent = sent.filter((at) => at > now - HOUR_MS);
      if (sent.length >= WRITES_PER_HOUR) return { until: (sent[0] ?? now) + HOUR_MS };
      const freeAt = (sent.at(-WRITES_PER_MINUTE) ?? Number.NEGATIVE_INFINITY) + MINUTE_MS;
      const at = Math.max(now, freeAt, priority === 'rollback' ? now : (sent.at(-1) ?? Number.NEGATIVE_INFINITY) + GAP_MS);
      if (at > latest) return { until: at };
      sent = [...sent, at].sort((a, b) => a - b);
      return { at };
    },
  };
}
