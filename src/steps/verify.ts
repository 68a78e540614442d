/** Did it help? First the identity (what runs is the target), then the error rate against the baseline before the bad release. */
import { z } from 'zod';
import { latestRollback } from '../core/evolve.ts';
import type { Ending, Incident, Instant } from '../core/model.ts';
import type { ErrorRate, Service } from '../core/service.ts';
import { type Judged, judge, type Sample, type Verdict } from '../core/verdict.ts';
import { readVersion } from '../core/version.ts';
import { Failure } from '../lib/failure.ts';
import { defineStep, type World } from './step.ts';

export const verify = defineStep({
  use: 'verify',
  by: 'machine',
  about: 'Proves that the target release runs and compares the error rate with the time before the bad release.',
  params: z.strictObject({}),
  outcomes: ['recovered', 'better', 'no-effect', 'worse', 'blind'],
  facts: { verdict: 'string' },
  run: (_, world) => measure(world),
});

async function measure(world: World): Promise<Ending> {
  const { service, now, incident } = world;
  const rate = service?.health.errorRate;
  if (!service || !rate)
    return ended({
      kind: 'blind',
      at: now,
      because: 'services.yml names no error rate to look at',
      baseline: undefined,
      during: undefined,
      after: undefined,
      runs: undefined,
    });
  const since = effectAt(incident, world);
  const [runs, judged] = await Promise.all([identity(world, service), compare(world, rate, since)]);
  const target = latestRollback(incident)?.stage === 'done' ? latestRollback(incident)?.plan?.to.tag : undefined;
  if (target !== undefined && runs.kind === 'other') {
    if (now - since < rate.patienceMs) return again(world, rate, since);
    const because = `the rollback reported success, but ${runs.tag} still answers instead of ${target}`;
    return ended({ kind: 'no-effect', at: now, because, baseline: undefined, during: undefined, after: undefined, runs: runs.tag });
  }
  if (judged.kind === 'wait') return again(world, rate, since);
  return ended({ ...judged.verdict, runs: runs.kind === 'unknown' ? undefined : runs.tag });
}

/** When the thing to be judged took effect: the rollback's end, or this run of the step where somebody asked to look again. */
function effectAt(incident: Incident, world: World): Instant {
  const rollback = latestRollback(incident);
  const memo = world.memo as { since?: Instant } | null; // written by `again` below
  const startedAt = incident.current === undefined ? undefined : incident.steps[incident.current]?.startedAt;
  const endedAt = rollback?.stage === 'done' ? rollback.endedAt : undefined;
  return memo?.since ?? Math.max(endedAt ?? 0, startedAt ?? world.now);
}

function again(world: World, rate: ErrorRate, since: Instant): Ending {
  return { kind: 'wait', until: world.now + rate.stepMs, memo: { since } };
}

function ended(verdict: Verdict): Ending {
  return { kind: 'done', outcome: verdict.kind, say: `${verdict.kind.replace('-', ' ')}: ${verdict.because}`, data: { verdict: verdict.kind }, verdict };
}

type Identity = { readonly kind: 'target' | 'other'; readonly tag: string } | { readonly kind: 'unknown' };

async function identity(world: World, service: Service): Promise<Identity> {
  const { version } = service.health;
  if (!version) return { kind: 'unknown' };
  const [url = ''] = version.urls;
  const answer = await world.probe(url, world.signal);
  const tag = answer.status !== undefined && answer.status < 400 ? readVersion(answer.body, version.field) : undefined;
  if (tag === undefined) return { kind: 'unknown' };
  return { kind: tag === latestRollback(world.incident)?.plan?.to.tag ? 'target' : 'other', tag };
}

async function compare(world: World, rate: ErrorRate, since: Instant): Promise<Judged> {
  const { incident, now } = world;
  // Before the bad release if we know when it came, else before the alert.
  const broke = Math.min(incident.release?.deployedAt ?? incident.openedAt, incident.openedAt);
  const ask = { url: rate.url, from: broke - rate.windowMs, to: now, stepMs: rate.stepMs };
  const read = (query: string): Promise<readonly Sample[]> => world.metrics.range({ ...ask, query }, world.signal);
  // Metrics that cannot be read are no samples: in the end that is blind, and the reason is said.
  const seen = await Promise.all([read(rate.query), rate.traffic === undefined ? undefined : read(rate.traffic)]).catch(reasonOf);
  const [errors, traffic] = typeof seen === 'string' ? [[], undefined] : seen;
  const judged = judge({
    now,
    since,
    errors,
    traffic,
    baseline: { from: ask.from, to: broke },
    during: { from: incident.openedAt - rate.forMs, to: since },
    limits: rate,
  });
  if (typeof seen !== 'string' || judged.kind === 'wait') return judged;
  return { kind: 'verdict', verdict: { ...judged.verdict, because: `${judged.verdict.because}: ${seen}` } };
}

function reasonOf(error: unknown): string {
  if (error instanceof Failure) return error.message;
  throw error;
}
