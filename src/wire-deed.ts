/** What a rollback needs to know that GitHub cannot tell: read around the service, at the moment it is asked. */
import type { PackageReader } from './artifacts/read.ts';
import type { Service } from './core/service.ts';
import type { GitHub } from './github/client.ts';
import type { Secrets } from './health/fetch-text.ts';
import { queryRange } from './health/prometheus.ts';
import { Failure } from './lib/failure.ts';
import type { DeedParts } from './steps/rollback-parts.ts';

/** An error rate older than this many steps says nothing about now. */
const FRESH_STEPS = 4;

/** `github`: where packages are looked up. */
export function surroundingsOf(secrets: Secrets, github: GitHub): DeedParts['surroundings'] {
  return async (service, facts, signal) => {
    // Loaded when the first plan is made: a start needs neither.
    const [{ readArtifacts }, { readMigrationRuns }] = await Promise.all([import('./artifacts/read.ts'), import('./migrations/read.ts')]);
    const { target, releases, compare } = facts;
    const tag = target?.tag;
    const assets = releases.find((release) => release.tag === tag)?.assets;
    const { artifacts, tagPrefix: prefix } = service.rollback;
    const [found, migrationRuns] = await Promise.all([
      tag === undefined ? [] : readArtifacts(artifacts, { tag, prefix, assets, github: packagesOf(github, service), signal }),
      readMigrationRuns(service, compare?.migrations ?? [], { secrets, signal }),
    ]);
    return { artifacts: found, migrationRuns };
  };
}

function packagesOf(github: GitHub, { repo }: Service): PackageReader | undefined {
  if (repo === undefined) return undefined;
  return {
    async versions(wanted, signal) {
      const { listPackageVersions } = await import('./github/packages.ts');
      return await listPackageVersions({ github, repo, signal, priority: 'rollback' }, wanted);
    },
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
