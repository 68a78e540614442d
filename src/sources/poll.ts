/** Polled thresholds and probes → signals. Pure: what was seen comes in, what to say and what to remember goes out. */
import type { Instant } from '../core/model.ts';
import type { ErrorRate, UrlProbe } from '../core/service.ts';
import type { Sample } from '../core/verdict.ts';
import type { RawSignal } from './source.ts';

/** A poll in a row without data before "monitoring is blind" is a signal of its own. */
const BLIND_AFTER = 5;
/** A newest sample older than this many steps (or polls, whichever is longer) is no news. */
const STALE_STEPS = 3;

/** Kept between polls, as JSON. */
export interface PollState {
  /** Since when it has been bad (or good) without a break; undefined after a gap. */
  readonly badSince: Instant | undefined;
  readonly goodSince: Instant | undefined;
  readonly isFiring: boolean;
  /** Polls in a row without data. */
  readonly blindPolls: number;
  readonly isBlindFiring: boolean;
}
export const POLL_START: PollState = { badSince: undefined, goodSince: undefined, isFiring: false, blindPolls: 0, isBlindFiring: false };

export interface PollDecision {
  /** Changes only: a condition that goes on says nothing again. */
  readonly signals: readonly RawSignal[];
  readonly state: PollState;
  readonly say: 'ok' | 'above' | 'blind';
}

export type Reading = { readonly kind: 'samples'; readonly samples: readonly Sample[] } | { readonly kind: 'failed'; readonly because: string };

/** What a poll amounts to, whatever was polled. `since`: as far back as this look can tell; `isWhole`: nothing it saw was otherwise. */
type Look =
  | { readonly kind: 'good' | 'bad'; readonly since: Instant; readonly at: Instant; readonly isWhole: boolean; readonly because: string }
  | { readonly kind: 'blind'; readonly because: string };

interface Watch {
  readonly fingerprint: string;
  readonly alertname: string;
  readonly service: string;
  readonly forMs: number;
  readonly now: Instant;
  readonly links: RawSignal['links'];
}

/** An error rate against its threshold. Missing and stale data are blind, and blind is neither above nor fine. */
export function pollDecision(state: PollState, reading: Reading, ask: { service: string; rate: ErrorRate; now: Instant }): PollDecision {
  const { service, rate, now } = ask;
  const look = reading.kind === 'failed' ? { kind: 'blind' as const, because: reading.because } : lookAt(reading.samples, rate, now);
  return judge(state, look, { fingerprint: `error-rate:${service}`, alertname: 'ErrorRate', service, forMs: rate.forMs, now, links: [] });
}

function lookAt(samples: readonly Sample[], rate: ErrorRate, now: Instant): Look {
  const known = samples.filter(({ value, at }) => Number.isFinite(value) && at <= now).toSorted((a, b) => a.at - b.at);
  const newest = known.at(-1);
  if (!newest) return { kind: 'blind', because: 'the query gave no data' };
  const staleMs = STALE_STEPS * Math.max(rate.stepMs, rate.pollMs);
  if (now - newest.at > staleMs) return { kind: 'blind', because: `the newest data is ${Math.round((now - newest.at) / 1000)} s old` };
  const isBad = newest.value > rate.threshold;
  let since = newest.at;
  let isWhole = true;
  for (const { value, at } of known.toReversed()) {
    isWhole = value > rate.threshold === isBad && since - at <= staleMs;
    if (!isWhole) break;
    since = at;
  }
  return { kind: isBad ? 'bad' : 'good', since, at: newest.at, isWhole, because: describe(newest.value, rate.threshold) };
}

function describe(value: number, threshold: number): string {
  const percent = (fraction: number): string => `${Number((fraction * 100).toPrecision(3))} %`;
  return `${percent(value)} of requests fail (limit ${percent(threshold)})`;
}

export interface ProbeSeen {
  readonly status: number | undefined;
  readonly ms: number;
  readonly body: string;
  readonly error: string | undefined;
}

/** One key URL. Not reachable is bad, because users cannot reach it either; when our own network is gone we are blind. */
export function probeDecision(state: PollState, seen: ProbeSeen, ask: { service: string; check: UrlProbe; now: Instant }): PollDecision {
  const { service, check, now } = ask;
  const trouble =
    seen.error !== undefined && /EAI_AGAIN|ENETUNREACH|ENETDOWN|EMFILE|ENFILE|EADDRNOTAVAIL/.test(seen.error) ? `our own network: ${seen.error}` : undefined;
  const wrong = whatIsWrong(seen, check);
  const look: Look =
    trouble === undefined
      ? { kind: wrong === undefined ? 'good' : 'bad', since: now, at: now, isWhole: true, because: wrong ?? 'answers as expected' }
      : { kind: 'blind', because: trouble };
  return judge(state, look, {
    fingerprint: `url:${check.url}`,
    alertname: 'KeyUrl',
    service,
    forMs: check.forMs,
    now,
    links: [{ title: 'URL', url: check.url }],
  });
}

function whatIsWrong(seen: ProbeSeen, check: UrlProbe): string | undefined {
  if (seen.status === undefined) return `no answer: ${seen.error ?? 'unknown cause'}`;
  if (seen.status !== check.expectStatus) return `answers ${seen.status}, expected ${check.expectStatus}`;
  if (seen.ms > check.maxMs) return `takes ${seen.ms} ms, at most ${check.maxMs} expected`;
  return check.contains !== undefined && !seen.body.includes(check.contains) ? 'the page does not hold the expected text' : undefined;
}

function judge(state: PollState, look: Look, watch: Watch): PollDecision {
  if (look.kind === 'blind') return judgeBlind(state, look.because, watch);
  const signals: RawSignal[] = [];
  if (state.isBlindFiring) signals.push(blindSignal('resolved', 'data is there again', watch));
  const isBad = look.kind === 'bad';
  const remembered = isBad ? state.badSince : state.goodSince;
  // What we remember reaches further back than this look, and counts only when this look saw nothing that contradicts it.
  const since = remembered !== undefined && look.isWhole ? Math.min(remembered, look.since) : look.since;
  const isOld = look.at - since >= watch.forMs;
  if (isBad !== state.isFiring && isOld) signals.push(signal(isBad ? 'firing' : 'resolved', { ...look, since }, watch));
  const isFiring = isOld ? isBad : state.isFiring;
  const next: PollState = { badSince: isBad ? since : undefined, goodSince: isBad ? undefined : since, isFiring, blindPolls: 0, isBlindFiring: false };
  return { signals, state: next, say: isBad ? 'above' : 'ok' };
}

/** A gap breaks both runs: nothing fires and nothing resolves on what was not seen. */
function judgeBlind(state: PollState, because: string, watch: Watch): PollDecision {
  const blindPolls = state.blindPolls + 1;
  const isNew = blindPolls >= BLIND_AFTER && !state.isBlindFiring;
  const next: PollState = { ...state, badSince: undefined, goodSince: undefined, blindPolls, isBlindFiring: state.isBlindFiring || isNew };
  return { signals: isNew ? [blindSignal('firing', because, watch)] : [], state: next, say: 'blind' };
}

function signal(state: 'firing' | 'resolved', look: { since: Instant; because: string }, watch: Watch): RawSignal {
  const { fingerprint, alertname, service, links } = watch;
  const what = alertname === 'KeyUrl' ? fingerprint.slice('url:'.length) : service;
  return {
    fingerprint,
    state,
    at: look.since,
    severity: undefined,
    summary: `${what}: ${look.because}`,
    labels: { alertname, service, source: 'poll' },
    links,
    service,
  };
}

function blindSignal(state: 'firing' | 'resolved', because: string, watch: Watch): RawSignal {
  const { fingerprint, service, now } = watch;
  const labels = { alertname: 'MonitoringBlind', service, source: 'poll' };
  return {
    fingerprint: `blind:${fingerprint}`,
    state,
    at: now,
    severity: 'sev3',
    summary: `Monitoring of ${service} is blind: ${because}`,
    labels,
    links: [],
    service,
  };
}
