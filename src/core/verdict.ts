/** Did it help? Judged on samples, never on hope. */
import type { Instant } from './model.ts';
import { type Reading, rateOf, readingsOf, requestsIn, type Sample, type Span, senseless, within } from './readings.ts';
import { type Count, chanceOfSoFew, chanceOfSoMany, exactly } from './statistics.ts';
import { type Limits, perSecond, usual, weigh, type Yardstick, yardstick } from './yardstick.ts';

export type { Sample } from './readings.ts';

/** No data is never healthy: that is `blind`. */
export interface Verdict {
  readonly kind: 'recovered' | 'better' | 'no-effect' | 'worse' | 'blind';
  readonly at: Instant;
  readonly because: string;
  /** Error fractions 0…1; undefined where there was no data. */
  readonly baseline: number | undefined;
  readonly during: number | undefined;
  readonly after: number | undefined;
  /** Tag that was seen to run, by its own answer; undefined: not proven. */
  readonly runs: string | undefined;
  /** What should have gone and still answers: which tag, on how many of those asked. Absent: nobody contradicted. */
  readonly still?: { readonly tag: string; readonly count: number; readonly asked: number };
}

export interface Judging {
  readonly now: Instant;
  /** When the deed took effect. */
  readonly since: Instant;
  /** Error fractions 0…1. */
  readonly errors: readonly Sample[];
  /** Requests per second; undefined: not measured. */
  readonly traffic: readonly Sample[] | undefined;
  /** Before the bad release. */
  readonly baseline: Span;
  /** While it was bad. */
  readonly during: Span;
  readonly limits: Limits;
}

export type Judged = { readonly kind: 'wait'; readonly because: string } | { readonly kind: 'verdict'; readonly verdict: Omit<Verdict, 'runs'> };

/** Newer than this many steps, or the data is stale and we see nothing; a hole longer than this breaks a quiet time. */
const FRESH_STEPS = 4;
/** Of the samples of a quiet time so many must be there. */
const COVERED = 0.75;
/** Below this ratio of the rate during the incident it is better; above its inverse, taken of the worse half of the incident, worse. */
const CLEARLY = 0.7;
/** A rate wanders by itself; only what is surely less than half of what it was has ended. */
const HALF = 0.5;
/**
 * What may be taken for recovery by chance, per look. It is asked again with every step, some forty times, and each look is a new chance to be
 * lucky; forty times this is the bound for the whole wait.
 */
const LUCK = 2.5e-4;
/** For what is said once, when patience is over, and can be looked at again. */
const CHANCE = 0.05;
/** A quiet time must be so much longer than the longest lull while it was bad. */
const LONGER = 2;
/** With less than this part of the usual requests, perhaps nobody reaches it any more. */
const REACHED = 0.25;
/** Having no error where so many are usual would be a surprise, even if they come in bursts (e^-8 = 0.03 %). */
const SURPRISE = 8;

/** All that one look knows. */
interface Sight {
  readonly ask: Judging;
  readonly stick: Yardstick;
  /** Since the deed took effect. */
  readonly after: readonly Reading[];
  /** The quiet time that would end now. */
  readonly recent: readonly Reading[];
  /** No bad reading and no hole since then. */
  readonly calm: readonly Reading[];
  readonly calmMs: number;
}

/**
 * recovered: as good as before the bad release, without a bad sample for the whole quiet time (longer, if it was quiet for a while during the
 * incident, too), at ordinary traffic, and with so many requests that luck is ruled out. Never above the threshold, whatever was usual before.
 * worse: said as soon as a whole quiet time was clearly worse. After the patience: better, no-effect or worse by what the rate did, where
 * chance is ruled out; else blind. What was before is judged in the same way whether we went back or forward again.
 */
export function judge(ask: Judging): Judged {
  const sight = seen(ask);
  const isOver = ask.now - ask.since >= ask.limits.patienceMs;
  const { kind, because, rate } = blindness(sight) ?? conclusion(sight, isOver);
  if (kind === 'wait' || (kind === 'blind' && !isOver)) return { kind: 'wait', because };
  const { baseline, during } = sight.stick;
  return { kind: 'verdict', verdict: { kind, at: ask.now, because, baseline, during, after: rate } };
}

function seen(ask: Judging): Sight {
  const { now, since, limits } = ask;
  const readings = readingsOf({ ...ask, stepMs: limits.stepMs });
  const stick = yardstick(within(readings, ask.baseline), within(readings, ask.during), limits);
  const after = believable(within(readings, { from: since, to: now + 1 }), stick);
  const calmFrom = calmSince(after, ask);
  const calm = after.filter(({ at }) => at > calmFrom);
  const good = goodEnough(stick, limits, undefined);
  return {
    ask,
    stick,
    after,
    recent: after.filter(({ at }) => at > now - limits.quietMs),
    // A moving average falls slowly: the tail of the bad time is not yet the good time.
    calm: calm.slice(calm.findIndex(({ rate }) => rate <= good)),
    calmMs: now - calmFrom,
  };
}

/** Where errors are usual, an error series that gives nothing for a long time is lost rather than zero. */
function believable(after: readonly Reading[], { baseline }: Yardstick): readonly Reading[] {
  if (!after.some(({ isSilent }) => isSilent)) return after;
  const kept: Reading[] = [];
  for (let i = 0, end = 0; i < after.length; i = end) {
    end = i + 1;
    while (after[i]?.isSilent && after[end]?.isSilent) end++;
    const run = after.slice(i, end);
    const expected = after[i]?.isSilent ? (baseline ?? 1) * (requestsIn(run) ?? 0) : 0;
    if (expected < SURPRISE) kept.push(...run);
  }
  return kept;
}

/** The last bad reading, the end of the last hole, or the deed itself: since then it is calm. */
function calmSince(after: readonly Reading[], { now, since, limits }: Judging): Instant {
  for (let i = after.length - 1; i >= 0; i--) {
    const [reading, earlier] = [after[i], after[i - 1]];
    if (!reading || isBad(reading, limits.threshold)) return reading?.at ?? now;
    if (reading.at - (earlier?.at ?? since) > FRESH_STEPS * limits.stepMs) return reading.at - limits.stepMs;
  }
  return after.length === 0 ? now : since;
}

/** Above the threshold, and not just because a few requests make a high share. */
function isBad({ rate, requests }: Reading, threshold: number): boolean {
  return rate > threshold && (requests === undefined || chanceOfSoMany({ errors: rate * requests, requests }, exactly(threshold)) < CHANCE);
}

interface Opinion {
  readonly kind: Verdict['kind'] | 'wait';
  readonly because: string;
  readonly rate: number | undefined;
}

/** Why nothing can be said yet, or ever; undefined: there is something to see. */
function blindness({ ask, stick, after, recent }: Sight): Opinion | undefined {
  const { now, since, limits, errors } = ask;
  const blind = (because: string): Opinion => ({ kind: 'blind', because, rate: undefined });
  const newest = after.at(-1);
  if (!newest) {
    const odd = senseless(errors.filter(({ at }) => at >= since));
    if (odd !== undefined) return blind(`${odd} is no error rate; the query must give failed ÷ all requests, 0…1`);
    if (errors.some(({ at }) => at > now)) return blind('all samples since then lie in the future: the clocks of the metrics server and ours differ');
    return blind(ask.traffic?.some(({ at, value }) => at >= since && value > 0) ? NO_ERROR_SERIES : 'there are no samples with requests since then');
  }
  if (now - newest.at > FRESH_STEPS * limits.stepMs) return blind(`the newest sample is ${seconds(now - newest.at)} s old`);
  const wanted = Math.floor((Math.min(limits.quietMs, now - since) / limits.stepMs) * COVERED);
  if (recent.length < wanted) return blind(`${recent.length} of ${Math.round(wanted / COVERED)} samples of the last ${seconds(limits.quietMs)} s are there`);
  const flow = perSecond(recent, limits.stepMs);
  if (flow !== undefined && stick.traffic !== undefined && flow < REACHED * stick.traffic)
    return blind(`${decimal(flow)} requests per second get through and ${decimal(stick.traffic)} did before: perhaps nobody reaches it any more`);
  return undefined;
}

const NO_ERROR_SERIES = 'the error query gives no series, and that is too few requests, or too strange, to be no errors; let it give 0: … or vector(0)';

function conclusion(sight: Sight, isOver: boolean): Opinion {
  const { ask, stick, recent, calm, calmMs } = sight;
  const { quietMs, patienceMs } = ask.limits;
  const rate = rateOf(recent);
  const neededMs = Math.max(quietMs, LONGER * stick.lullMs);
  const good = goodEnough(stick, ask.limits, requestsIn(recent));
  const overall = rateOf(calm);
  // The newest half alone, too: after a deploy there is a lull, and what rises again is not well.
  const newest = recent.slice(-Math.ceil(recent.length / 2));
  const isCalm = calmMs >= quietMs && [recent, calm, newest].every((readings) => isGood(readings, sight));
  // Counted from the first good reading, as the requests are.
  const goodMs = Math.min(calmMs, ask.now - (calm[0]?.at ?? ask.now) + ask.limits.stepMs);
  const quiet = `${percent(overall)} for ${seconds(goodMs)} s`;
  if (isCalm && calmMs >= neededMs && isProof(sight)) return { kind: 'recovered', because: `${quiet}${among(calm)}${compared(stick)}`, rate: overall };
  if (isClearlyWorse(sight))
    return { kind: 'worse', because: `${percent(rate)} for ${seconds(quietMs)} s${among(recent)}, ${percent(stick.during)} before that`, rate };
  if (isCalm) return { kind: 'blind', because: `${quiet}, but ${doubt(sight, neededMs)}`, rate: overall };
  if (isOver) return direction(sight, { rate, text: `${percent(rate)} after ${seconds(patienceMs)} s${among(recent)}` });
  const soFar = [calm, recent.slice(-1)].every((readings) => isGood(readings, sight))
    ? `${quiet} so far`
    : `${percent(recent.at(-1)?.rate)} in the newest sample`;
  return { kind: 'wait', because: `${soFar}; well again is at most ${percent(good)}, ${seconds(neededMs)} s on end`, rate };
}

function isGood(readings: readonly Reading[], { ask, stick }: Sight): boolean {
  const rate = rateOf(readings);
  return rate !== undefined && rate <= goodEnough(stick, ask.limits, requestsIn(readings));
}

/** As good as before the release, with room for the noise of so many requests, and never above the threshold. */
function goodEnough({ baseline }: Yardstick, { threshold }: Limits, requests: number | undefined): number {
  if (baseline === undefined) return threshold;
  // Two standard deviations of a count of rare events.
  const noise = requests ? 2 * Math.sqrt(Math.max(baseline, 1 / requests) / requests) : 0;
  return Math.min(threshold, Math.max(usual(baseline, threshold), baseline + noise));
}

/**
 * Would so few errors be luck, if it were half as bad as it was? Or, where it was not bad for long enough to know that well but clearly above
 * it: if it were at the threshold, which is asking for more.
 */
function isProof({ ask, stick, calm }: Sight): boolean {
  const count = weigh(calm, stick.weight);
  const { threshold } = ask.limits;
  if (!count || (stick.during !== undefined && !stick.bad)) return false;
  if (stick.bad && chanceOfSoFew(count, stick.bad, HALF) < LUCK) return true;
  return (stick.during === undefined || stick.during * HALF >= threshold) && chanceOfSoFew(count, exactly(threshold)) < LUCK;
}

function doubt({ stick, calm }: Sight, neededMs: number): string {
  if (stick.during !== undefined && !stick.isSeen) return `it was ${percent(stick.during)} during the incident, too: this rate does not show the problem`;
  const requests = requestsIn(calm);
  if (stick.lullMs * LONGER >= neededMs && stick.lullMs > 0)
    return `it was quiet for ${seconds(stick.lullMs)} s in the midst of the incident, too; ${seconds(neededMs)} s of quiet are wanted`;
  return requests === undefined
    ? 'nobody knows of how many requests: name a traffic query in services.yml'
    : `${whole(requests)} requests are too few to be sure`;
}

/** The worst is not waited for: every reading of a quiet time, and chance ruled out. */
function isClearlyWorse({ ask, stick, recent }: Sight): boolean {
  const { now, since, limits } = ask;
  const [count, line] = [weigh(recent, stick.weight), (stick.peak ?? 1) / CLEARLY];
  if (now - since < limits.quietMs || !count || !stick.bad || !recent.every(({ rate }) => rate > line)) return false;
  return chanceOfSoMany(count, stick.bad, 1 / CLEARLY) < LUCK;
}

/** Patience is over and it is not good: what did it do? */
function direction({ ask, stick, recent }: Sight, now: { rate: number | undefined; text: string }): Opinion {
  const { rate } = now;
  const { during, baseline, peak = 1 } = stick;
  const opinion = (kind: Verdict['kind'], more = ''): Opinion => ({ kind, because: `${now.text}${more}`, rate });
  if (rate === undefined) return opinion('blind');
  const count = requestsIn(recent) === undefined ? undefined : weigh(recent, stick.weight);
  const good = goodEnough(stick, ask.limits, undefined);
  if (during === undefined) return isSurely(count, exactly(good), 'more') ? opinion('no-effect', '; no samples from the incident to compare with') : few(now);
  const held = stick.bad ?? exactly(during);
  const told = `, ${percent(during)} before that${compared(stick)}`;
  if (rate >= peak / CLEARLY && isSurely(count, held, 'more')) return opinion('worse', told);
  if (rate <= during * CLEARLY && isSurely(count, held, 'fewer')) {
    const isBack = baseline !== undefined && baseline > ask.limits.threshold && rate <= usual(baseline, ask.limits.threshold);
    return opinion('better', isBack ? `${told}, and that was above ${percent(ask.limits.threshold)} already` : told);
  }
  return rate > good && isSurely(count, exactly(good), 'more') ? opinion('no-effect', told) : few(now);
}

const few = ({ rate, text }: { rate: number | undefined; text: string }): Opinion => ({ kind: 'blind', because: `${text}: too few requests to tell`, rate });

/** Where the requests are unknown, the rates have to speak for themselves. */
function isSurely(count: Count | undefined, held: Count, which: 'more' | 'fewer'): boolean {
  return !count || (which === 'more' ? chanceOfSoMany(count, held) : chanceOfSoFew(count, held)) < CHANCE;
}

const seconds = (ms: number): number => Math.round(ms / 1000);
const whole = (value: number): string => Math.round(value).toLocaleString('en');
const decimal = (value: number): string => (value < 9.95 ? value.toFixed(1) : whole(value));
const compared = ({ baseline }: Yardstick): string =>
  baseline === undefined ? '; no samples from before the release to compare with' : ` (before the release: ${percent(baseline)})`;

function among(readings: readonly Reading[]): string {
  const requests = requestsIn(readings);
  if (requests === undefined) return '';
  return ` in ${whole(requests)} requests${readings.every(({ isSilent }) => isSilent) ? ', without an error series' : ''}`;
}

/** 0.0824 → `8.2 %`. */
export function percent(fraction: number | undefined): string {
  if (fraction === undefined) return 'unknown';
  const value = fraction * 100;
  return `${value.toFixed(value < 0.095 && value > 0 ? 2 : 1)} %`;
}
