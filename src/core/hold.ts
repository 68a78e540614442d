/** Alerts that are not told yet: in maintenance, snoozed, or seen too seldom. They are kept, and correlated again when their time is up. */
import { fits, type Signal } from './alert.ts';
import { concernsSignal, joiningOf, type Maintenance, type OpenAfter, type Rules, type Scope, type Snooze, silentUntil } from './correlate-rules.ts';
import type { Instant, Person } from './model.ts';

export type HoldReason = 'maintenance' | 'snooze' | 'seldom';

/** One held alert; the newest signal of it. */
export interface Held {
  readonly signal: Signal;
  readonly why: HoldReason;
  readonly because: string;
  /** When it is looked at again. */
  readonly until: Instant;
  /** When it was first held. */
  readonly since: Instant;
  /** When it fired, as far as that is counted. */
  readonly times: readonly Instant[];
}
export type Hold = Pick<Held, 'why' | 'because' | 'until' | 'times'>;

/** What a person asks to be silenced. */
export interface SnoozeAsk extends Scope {
  readonly forMs: number;
  readonly reason: string;
  readonly by: Person;
}
/** So many held alerts are read for people. */
export const HELD_LISTED_MOST = 100;
/** Everything that is silent now, and what it holds back. */
export interface Silence {
  readonly snoozes: readonly Snooze[];
  readonly maintenance: readonly (Maintenance & { readonly until: Instant })[];
  /** The next to be looked at first; at most `HELD_LISTED_MOST`. */
  readonly held: readonly Held[];
}

/** The times of one alert that are remembered: more would not be asked for. */
const TIMES_KEPT_MOST = 20;

/** Whether somebody wants silence about this alert now. The window that ends last counts. */
export function silenced(signal: Signal, rules: Rules, now: Instant): Hold | undefined {
  const windows = rules.noise.maintenance.flatMap((one) => {
    const until = concernsSignal(one, signal) ? silentUntil(one.time, now) : undefined;
    return until === undefined ? [] : [{ why: 'maintenance' as const, until, because: `maintenance, ${minutes(until - now)} left: ${one.reason}` }];
  });
  const snoozes = rules.snoozes.flatMap((one) =>
    now < one.until && concernsSignal(one, signal)
      ? [{ why: 'snooze' as const, until: one.until, because: `snoozed by ${one.by.name}, ${minutes(one.until - now)} left: ${one.reason}` }]
      : [],
  );
  const [longest] = [...windows, ...snoozes].toSorted((a, b) => b.until - a.until);
  return longest && { ...longest, times: [] };
}

export interface Occurrences {
  /** Held because they were seen too seldom: those of the same service, this alert perhaps among them. */
  readonly seldom: readonly Held[];
  /** It is what was heard last, sent again. */
  readonly isRepeat: boolean;
}

/** Too few times yet; or how many there are now, which is enough; undefined: nobody asked for a number. */
export function counted(
  signal: Signal,
  { seldom, isRepeat }: Occurrences,
  { rules, now }: { rules: Rules; now: Instant },
): Hold | { enough: string } | undefined {
  const rule = joiningOf(rules, signal.service).openAfter.find(({ match }) => match === undefined || fits(signal.labels, match));
  if (!rule) return undefined;
  const own = seldom.find((held) => isSame(held.signal, signal));
  const others = seldom.filter((held) => held !== own && (rule.match === undefined || fits(held.signal.labels, rule.match)));
  const times = [...recent(own, rule, now), ...(own && isRepeat ? [] : [now])];
  const all = times.length + others.reduce((sum, held) => sum + recent(held, rule, now).length, 0);
  const within = `within ${minutes(rule.withinMs)}`;
  if (all >= rule.times) return { enough: `fired ${all} times ${within}` };
  const until = (times[0] ?? now) + rule.withinMs;
  return { why: 'seldom', until, because: `fired ${all} of ${rule.times} times ${within}`, times: times.slice(-TIMES_KEPT_MOST) };
}

const recent = (held: Held | undefined, { withinMs }: OpenAfter, now: Instant): readonly Instant[] => held?.times.filter((at) => at > now - withinMs) ?? [];

const isSame = (a: Signal, b: Signal): boolean => a.source === b.source && a.fingerprint === b.fingerprint;

/** An alert that cleared while it was held keeps its times as long as they count; undefined: it is forgotten. */
export function clearedWhileHeld(held: Held, rules: Rules, now: Instant): Held | undefined {
  const rule = joiningOf(rules, held.signal.service).openAfter.find(({ match }) => match === undefined || fits(held.signal.labels, match));
  const times = held.why === 'seldom' && rule ? recent(held, rule, now) : [];
  return rule && times[0] !== undefined ? { ...held, times, until: times[0] + rule.withinMs } : undefined;
}

function minutes(ms: number): string {
  const whole = Math.ceil(ms / 60_000);
  return whole < 120 ? `${whole} min` : `${Math.round(whole / 60)} h`;
}
