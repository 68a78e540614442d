/** Did it help? First the identity (what runs is the target), then the error rate against the baseline before the bad release. */
import { z } from 'zod';
import { isNotLive, verdictWord } from '../core/course.ts';
import type { Ending, Incident, Instant, Json } from '../core/model.ts';
import { afterRound, judgeProbing, PROBING_START, type Probing, roundOf } from '../core/probing.ts';
import { runningNow } from '../core/running.ts';
import type { ErrorRate, Service } from '../core/service.ts';
import { type Judged, judge, type Sample, type Verdict } from '../core/verdict.ts';
import type { Identity } from '../core/version.ts';
import { Failure } from '../lib/failure.ts';
import { askIdentity } from './identity.ts';
import { defineStep, type World } from './step.ts';

export const verify = defineStep({
  use: 'verify',
  by: 'machine',
  about: 'Proves that the target release runs and compares the error rate with the time before the bad release.',
  params: z.strictObject({}),
  outcomes: ['recovered', 'better', 'no-effect', 'worse', 'blind'],
  facts: { verdict: 'string', not_live: 'bool' },
  run: (_, world) => measure(world),
});

/** Where only addresses are probed. A round every half minute makes three over the shortest quiet time. */
const PROBING = { everyMs: 30_000, leastQuietMs: 60_000, patienceMs: 600_000 };

/** Written down between two looks. */
interface Memo {
  readonly since: Instant;
  readonly probing?: Probing;
}
type Opinion = Omit<Verdict, 'runs'>;
/** What one look saw: an opinion or none yet, and when to look again. */
interface Seen {
  readonly opinion: Opinion | undefined;
  readonly isOver: boolean;
  readonly everyMs: number;
  readonly memo: Memo;
}

async function measure(world: World): Promise<Ending> {
  const { service } = world;
  const rate = service?.health.errorRate;
  const effect = effectOf(world);
  const since = sinceOf(world, effect);
  if (!service || (!rate && service.health.urls.length === 0)) return ended(world, opinion(world, 'blind', NOTHING_TO_SEE), { kind: 'unknown' });
  const looking = rate ? compare(world, rate, since) : probeUrls(world, service, since);
  const [identity, seen] = await Promise.all([askIdentity(world, service.health.version, effect?.target), looking]);
  const stale = effect?.target && identity.kind === 'other' ? stillRuns(identity, effect.target.tag) : undefined;
  // The old release may still be replaced, one instance after the other. That it got worse is not kept back meanwhile.
  const isSaid = stale === undefined || seen.isOver || seen.opinion?.kind === 'worse';
  if (!isSaid || (stale === undefined && !seen.opinion)) return { kind: 'wait', until: world.now + seen.everyMs, memo: toJson(seen.memo) };
  if (stale === undefined || seen.opinion?.kind === 'worse')
    return ended(world, withIdentity(seen.opinion ?? opinion(world, 'blind', NOTHING_TO_SEE), identity), identity);
  return ended(world, { ...(seen.opinion ?? opinion(world, 'blind', '')), kind: 'no-effect', because: stale }, identity);
}

const NOTHING_TO_SEE = 'services.yml names no error rate and no address to look at';

interface Effect {
  readonly at: Instant;
  /** undefined: something was deployed that names no release. */
  readonly target: { readonly tag: string; readonly sha: string } | undefined;
}

/** What should run now, and since when: the newest rollback that is done (back or forward), or what somebody deployed by hand after it. */
function effectOf({ incident }: World): Effect | undefined {
  const now = runningNow(incident);
  const ours = runningNow({ ...incident, release: undefined, outside: [] })?.rollback;
  // Who deploys the same release once more changes nothing that would have to be waited for again.
  if (ours?.plan && ours.endedAt !== undefined && (now?.by === 'before' || now?.tag === ours.plan.to.tag)) return { at: ours.endedAt, target: ours.plan.to };
  if (!now || now.by === 'before') return undefined;
  const { tag } = now;
  const known = Object.values(incident.rollbacks).flatMap(({ plan }) => (plan ? [plan.from, plan.to] : []));
  return { at: now.since, target: tag === undefined ? undefined : (known.find((release) => release.tag === tag) ?? { tag, sha: '' }) };
}

/** Never before the effect; later where somebody asked to look again. */
function sinceOf({ incident, memo, now }: World, effect: Effect | undefined): Instant {
  const known = memo as unknown as Memo | null; // written by an earlier look of this run of the step
  return Math.max(effect?.at ?? 0, known?.since ?? startedAt(incident) ?? now);
}

const startedAt = ({ current, steps }: Incident): Instant | undefined => (current === undefined ? undefined : steps[current]?.startedAt);
const toJson = (memo: Memo): Json => memo as unknown as Json; // numbers and short texts, nothing else

function opinion({ now }: World, kind: Verdict['kind'], because: string): Opinion {
  return { kind, at: now, because, baseline: undefined, during: undefined, after: undefined };
}

const stillRuns = ({ tag, count, asked }: Extract<Identity, { kind: 'other' }>, target: string): string =>
  `the rollback reported success, but ${tag} still answers${asked > 1 ? ` on ${count} of ${asked}` : ''} instead of ${target}`;

/** Who did not answer proves nothing, and is no proof against it either: said beside the verdict. */
function withIdentity(said: Opinion, identity: Identity): Opinion {
  if (identity.kind === 'silent')
    return { ...said, because: `${said.because}; which release runs is not proven: ${identity.count} of ${identity.asked} did not answer` };
  return identity.kind === 'other' ? { ...said, because: `${said.because}; ${identity.tag} still answers on ${identity.count} of ${identity.asked}` } : said;
}

function seenRunning(identity: Identity): Pick<Verdict, 'runs' | 'still'> {
  if (identity.kind === 'proven') return { runs: identity.tag };
  if (identity.kind !== 'other') return { runs: undefined };
  const { tag, count, asked } = identity;
  return { runs: count === asked ? tag : undefined, still: { tag, count, asked } };
}

const NEXT: Readonly<Record<Verdict['kind'], string>> = {
  recovered: '',
  better: '; keep watching',
  'no-effect': '; go forward again or look for another cause',
  worse: '; take it back',
  blind: '; check by hand',
};

/** `not live` counts as `no-effect` for the way through a playbook; the fact tells them apart. */
function ended({ incident }: World, said: Opinion, identity: Identity): Ending {
  const verdict = { ...said, ...seenRunning(identity) };
  const notLive = isNotLive(incident, verdict);
  const next = notLive && said.kind === 'no-effect' ? '; look why the deploy does not reach every instance' : NEXT[said.kind];
  const say = `${verdictWord(incident, verdict)}: ${said.because}${next}`;
  return { kind: 'done', outcome: said.kind, say, data: { verdict: said.kind, not_live: notLive }, verdict };
}

async function probeUrls(world: World, { health }: Service, since: Instant): Promise<Seen> {
  const known = world.memo as unknown as Memo | null; // as in `sinceOf`
  const answers = await Promise.all(health.urls.map(async (check) => ({ check, answer: await world.probe(check.url, world.signal) })));
  // What was probed before the effect does not count.
  const before = known?.since === since ? known.probing : undefined;
  const probing = afterRound(before ?? PROBING_START, roundOf(answers), world.now);
  const quietMs = Math.max(PROBING.leastQuietMs, ...health.urls.map(({ forMs }) => forMs));
  const says = judgeProbing(probing, { now: world.now, since }, { quietMs, patienceMs: quietMs + PROBING.patienceMs });
  return {
    opinion: says.kind === 'wait' ? undefined : opinion(world, says.kind, says.because),
    isOver: world.now - since >= quietMs + PROBING.patienceMs,
    everyMs: PROBING.everyMs,
    memo: { since, probing },
  };
}

/** Points of one answer; Prometheus refuses 11,000. */
const MOST_POINTS = 10_000;

async function compare(world: World, rate: ErrorRate, since: Instant): Promise<Seen> {
  const { incident, now } = world;
  // Before the bad release if we know when it came, else before the alert.
  const broke = Math.min(incident.release?.deployedAt ?? incident.openedAt, incident.openedAt);
  const baseline = { from: broke - rate.windowMs, to: broke };
  // It may have been bad since the release, long before the alert; what was good of that time is recognised and left out.
  const during = { from: Math.min(incident.openedAt - rate.forMs, Math.max(broke, incident.openedAt - rate.windowMs)), to: since };
  // Metrics that cannot be read are no samples: in the end that is blind, and the reason is said.
  const read = await series(world, rate, [baseline, { from: during.from, to: now }]).catch(reasonOf);
  const { errors, traffic } = typeof read === 'string' ? { errors: [], traffic: undefined } : read;
  const judged: Judged = judge({ now, since, errors, traffic, baseline, during, limits: rate });
  const said = judged.kind === 'verdict' ? judged.verdict : undefined;
  return {
    opinion: said && typeof read === 'string' ? { ...said, because: `${said.because}: ${read}` } : said,
    isOver: now - since >= rate.patienceMs,
    everyMs: rate.stepMs,
    memo: { since },
  };
}

interface Range {
  readonly from: Instant;
  readonly to: Instant;
}

/** In one question where one answer can hold it; of a long incident the baseline and the newest part, because samples further apart would be another measure. */
async function series(world: World, rate: ErrorRate, [baseline, rest]: readonly [Range, Range]) {
  const { stepMs } = rate;
  const longMs = MOST_POINTS * stepMs;
  const isShort = rest.to - Math.min(baseline.from, rest.from) <= longMs;
  const newest = { from: Math.max(rest.from, rest.to - longMs), to: rest.to };
  const ranges = isShort ? [{ from: Math.min(baseline.from, rest.from), to: rest.to }] : [baseline, newest];
  const read = async (query: string): Promise<readonly Sample[]> =>
    (await Promise.all(ranges.map((range) => world.metrics.range({ url: rate.url, query, ...range, stepMs }, world.signal)))).flat();
  const [errors, traffic] = await Promise.all([read(rate.query), rate.traffic === undefined ? undefined : read(rate.traffic)]);
  return { errors, traffic };
}

function reasonOf(error: unknown): string {
  if (error instanceof Failure) return error.message;
  throw error;
}
