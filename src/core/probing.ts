/** Did it help, where no error rate is measured: key addresses are probed, and three answers are told apart, because "we could not look" is none of "well" and "ill". */
import type { Instant } from './model.ts';
import type { UrlProbe } from './service.ts';
import type { Verdict } from './verdict.ts';

/** One round over all key addresses. `unclear`: the probing itself failed; that says nothing about the service. */
export interface Round {
  readonly kind: 'good' | 'bad' | 'unclear';
  /** What was wrong. */
  readonly because: string;
}

export interface Answered {
  /** undefined: no answer, `error` says why. */
  readonly status: number | undefined;
  readonly ms: number;
  readonly body: string;
  readonly error: string | undefined;
}

/** Whoever refuses the connection is there and does not serve. Everything else without an answer may be our network, our resolver, our patience. */
const REFUSED = /\bECONNREFUSED\b/;

/** One bad address makes a round bad, whatever the others say; one that could not be looked at keeps it from being good. */
export function roundOf(seen: readonly { readonly check: UrlProbe; readonly answer: Answered }[]): Round {
  const each = seen.map(({ check, answer }) => oneOf(check, answer));
  return each.find(({ kind }) => kind === 'bad') ?? each.find(({ kind }) => kind === 'unclear') ?? { kind: 'good', because: 'all answer as they should' };
}

function oneOf(check: UrlProbe, { status, ms, body, error }: Answered): Round {
  const bad = (because: string): Round => ({ kind: 'bad', because: `${check.url} ${because}` });
  if (status === undefined)
    return REFUSED.test(error ?? '') ? bad('refuses connections') : { kind: 'unclear', because: error ?? `${check.url} gave no answer` };
  if (status !== check.expectStatus) return bad(`answered ${status}, not ${check.expectStatus}`);
  if (ms > check.maxMs) return bad(`took ${ms} ms, longer than ${check.maxMs} ms`);
  return check.contains !== undefined && !body.includes(check.contains) ? bad('answered without the expected text') : { kind: 'good', because: 'good' };
}

/** Kept between rounds; small however long it takes. */
export interface Probing {
  /** The last three, oldest first. */
  readonly last: readonly Round['kind'][];
  /** Good ones in a row, and since when. */
  readonly good: number;
  readonly goodSince: Instant | undefined;
  readonly rounds: number;
  /** Of the newest round that was not good. */
  readonly trouble: string | undefined;
}
export const PROBING_START: Probing = { last: [], good: 0, goodSince: undefined, rounds: 0, trouble: undefined };

export interface ProbingLimits {
  readonly quietMs: number;
  readonly patienceMs: number;
}
/** One good answer is luck. */
const IN_A_ROW = 3;
const TROUBLE_MAX = 200;

export type ProbingSays = { readonly kind: 'wait' } | { readonly kind: Verdict['kind']; readonly because: string };

export function afterRound(before: Probing, round: Round, now: Instant): Probing {
  const isGood = round.kind === 'good';
  return {
    last: [...before.last, round.kind].slice(-IN_A_ROW),
    good: isGood ? before.good + 1 : 0,
    goodSince: isGood ? (before.goodSince ?? now) : undefined,
    rounds: before.rounds + 1,
    trouble: isGood ? before.trouble : round.because.slice(0, TROUBLE_MAX),
  };
}

/**
 * recovered: three good rounds in a row, over the whole quiet time. After the patience: no effect where addresses failed, blind where we could not
 * look. Never better or worse: a handful of probes is no rate.
 */
export function judgeProbing(probing: Probing, { now, since }: { readonly now: Instant; readonly since: Instant }, limits: ProbingLimits): ProbingSays {
  const { good, goodSince, last, rounds, trouble } = probing;
  if (good >= IN_A_ROW && goodSince !== undefined && now - goodSince >= limits.quietMs)
    return { kind: 'recovered', because: `${good} of ${good} probes good for ${seconds(now - goodSince)} s` };
  if (now - since < limits.patienceMs) return { kind: 'wait' };
  const count = (kind: Round['kind']): number => last.filter((one) => one === kind).length;
  const why = trouble === undefined ? '' : `: ${trouble}`;
  if (count('bad') > 0 && count('bad') >= count('unclear'))
    return { kind: 'no-effect', because: `${count('bad')} of the last ${last.length} probes failed after ${seconds(now - since)} s${why}` };
  if (count('unclear') > 0) return { kind: 'blind', because: `${count('unclear')} of the last ${last.length} probes could not be made${why}` };
  return { kind: 'blind', because: `only ${good} good probes in a row of ${rounds}, not yet for ${seconds(limits.quietMs)} s${why}` };
}

const seconds = (ms: number): number => Math.round(ms / 1000);
