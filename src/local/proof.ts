/** Did it help? What is known of the proof of one rollback, and until when it is waited for. */
import { liveRollback } from '../core/evolve.ts';
import type { Incident, Instant } from '../core/model.ts';
import { roadOf, stepOf } from '../core/playbook.ts';
import type { Rollback } from '../core/rollback.ts';
import type { Service } from '../core/service.ts';
import type { Verdict } from '../core/verdict.ts';

export type Proof =
  | { readonly kind: 'said'; readonly verdict: Verdict }
  /** `by`: at the latest; undefined: not known here. */
  | { readonly kind: 'checking'; readonly by: Instant | undefined }
  /** Nothing will prove it, and nobody said it would. */
  | { readonly kind: 'none'; readonly because: string }
  /** It was to come and did not. */
  | { readonly kind: 'missing'; readonly because: string };

export interface Proving {
  readonly incident: Incident;
  readonly rollback: Rollback;
  /** Of services.yml as it is now; undefined: not known here. */
  readonly health: Service['health'] | undefined;
  readonly now: Instant;
}

/** Where only addresses are probed, the verification is given this long after their quiet time (steps/verify.ts). */
const PROBING = { leastQuietMs: 60_000, patienceMs: 600_000 };
/** The last look begins when patience is over, and what it asks may be slow. */
const SLACK_MS = 120_000;
/** Longer than any patience people configure. */
const UNKNOWN_PATIENCE_MS = 3_600_000;

/** undefined: it is not done, so there is nothing to prove. */
export function proofOf(proving: Proving): Proof | undefined {
  const { incident, rollback, health } = proving;
  if (rollback.stage !== 'done') return undefined;
  if (health && !health.errorRate && health.urls.length === 0)
    return { kind: 'none', because: `services.yml names no error rate and no address under health of ${incident.service}` };
  const from = rollback.endedAt ?? 0;
  const later = Object.values(incident.rollbacks).find(({ stage, endedAt = 0 }) => stage === 'done' && endedAt > from);
  // What was judged after the next one speaks about that one.
  const verdict = Object.values(incident.verdicts).findLast(({ at }) => at >= from && at < (later?.endedAt ?? Number.POSITIVE_INFINITY));
  if (verdict) return { kind: 'said', verdict };
  const next = later ?? liveRollback(incident);
  return next ? { kind: 'missing', because: `${next.id} was begun before there was a verdict` } : outlook(proving, from);
}

/** No verdict yet: is one on its way? */
function outlook({ incident, health, now }: Proving, from: Instant): Proof {
  const { playbook, current, steps } = incident;
  const step = stepOf(playbook, current);
  const checks = playbook?.steps.filter(({ use }) => use === 'verify') ?? [];
  const ahead = playbook ? roadOf(playbook, [], current).map(({ use }) => use) : [];
  if (step && ahead.includes('verify') && (step.use === 'verify' || (step.by === 'machine' && !ahead.includes('rollback')))) {
    const begun = Math.max(from, (step.use === 'verify' && steps[step.id]?.startedAt) || 0);
    const by = begun + (health ? patienceOf(health) : UNKNOWN_PATIENCE_MS);
    return now > by + SLACK_MS ? { kind: 'missing', because: 'no verdict came in its time' } : { kind: 'checking', by: health && by };
  }
  const ended = checks.map(({ id }) => steps[id]).findLast((state) => state !== undefined && state.startedAt >= from);
  if (ended) return { kind: 'missing', because: ended.say ?? 'the verification ended without a verdict' };
  return { kind: 'none', because: step ? `the playbook goes on with “${step.title}”` : 'no verification follows it' };
}

const patienceOf = ({ errorRate, urls }: Service['health']): number =>
  errorRate?.patienceMs ?? Math.max(PROBING.leastQuietMs, ...urls.map(({ forMs }) => forMs)) + PROBING.patienceMs;

/** Going back (or forward) did what it was meant to, as far as anybody said that it would be proved. */
export function isHelp(proof: Proof | undefined): boolean {
  if (proof?.kind !== 'said') return proof?.kind !== 'missing';
  const { kind, still } = proof.verdict;
  return still === undefined && (kind === 'recovered' || kind === 'better');
}

const MEANS: Readonly<Record<Verdict['kind'], string>> = {
  recovered: '',
  better: 'It is better and not yet good: keep watching.',
  'no-effect': 'It did not help: go forward again, or look for another cause.',
  worse: 'It did not help, it got worse: take it back.',
  blind: 'Whether it helped cannot be said: check by hand. No data is never healthy.',
};

/** What the proof says, and what that means for whoever reads it. */
export function sayProof(proof: Proof, time: (at: Instant) => string): readonly string[] {
  switch (proof.kind) {
    case 'said': {
      const { kind, because, still } = proof.verdict;
      const isLive = still === undefined || kind !== 'no-effect';
      const means = isLive ? MEANS[kind] : 'It did not reach every instance: look why the deploy does not.';
      return [`${isLive ? kind.replace('-', ' ') : 'not live'}: ${because}`, ...(means ? [means] : [])];
    }
    case 'checking':
      return [`whether it helped is being checked${proof.by === undefined ? '' : `; proof by ${time(proof.by)} at the latest`}`];
    case 'none':
      return [`none: nothing will prove whether it helped, because ${proof.because}`];
    case 'missing':
      return [`none: ${proof.because}`, 'Whether it helped is not proven: check by hand.'];
  }
}
