/** What a rollback needs to know that GitHub cannot tell: read around the service, at the moment it is asked. */
import type { Service } from './core/service.ts';
import { queryRange } from './health/prometheus.ts';
import { Failure } from './lib/failure.ts';
import type { Secrets } from './migrations/adapter.ts';
import type { DeedParts } from './steps/rollback-parts.ts';

/** An error rate older than this many steps says nothing about now. */
const FRESH_STEPS = 4;

export function surroundingsOf(secrets: Secrets): DeedParts['surroundings'] {
  return async (service, facts, signal) => {
    // Loaded when the first plan is made: a start needs neither.
    const [{ readArtifacts }, { readMigrationRuns }] = await Promise.all([import('./artifacts/read.ts'), import('./migrations/read.ts')]);
    const { target, releases, compare } = facts;
    const tag = target?.tag;
    const assets = releases.find((release) => release.tag === tag)?.assets;
    const { artifacts, tagPrefix: prefix } = service.rollback;
    const [found, migrationRuns] = await Promise.all([
      tag === undefined ? [] : readArtifacts(artifacts, { tag, prefix, assets, signal }),
      readMigrationRuns(service, compare?.migrations ?? [], { secrets, signal }),
    ]);
    return { artifacts: found, migrationRuns };
  };
}

export function errorRateAt(now: () => number): DeedParts['errorRate'] {
  return async ({ health: { errorRate: rate } }: Service, signal) => {
    if (!rate) return undefined;
    const span = { from: now() - FRESH_STEPS * rate.stepMs, to: now(), stepMs: rate.stepMs };
    try {
      const samples = await queryRange({ ...span, url: rate.url, query: rate.query }, signal);
      return samples.filter(({ value }) => Number.isFinite(value)).at(-1);
    } catch (error) {
      if (error instanceof Failure) return undefined;
      throw error;
    }
  };
}
