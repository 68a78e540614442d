/** What most tests do not look at, so that they can spell out what they do. */
import type { RollbackPlan } from '../src/core/rollback.ts';
import type { RollbackFacts } from '../src/core/rollback-facts.ts';
import type { Service } from '../src/core/service.ts';

export const REST_OF_POLICY = { ask: [], breakGlass: [], quiet: [] } as const;
export const REST_OF_RULES: Pick<Service['rollback'], 'migrationsRun' | 'watch' | 'artifacts' | 'automatic'> = {
  migrationsRun: undefined,
  watch: { config: [], locks: [], api: [], infrastructure: [] },
  artifacts: [],
  automatic: undefined,
};
export const REST_OF_PLAN: Pick<RollbackPlan, 'direction' | 'light' | 'others' | 'pulls'> = { direction: 'back', light: 'green', others: [], pulls: [] };
export const REST_OF_FACTS: Pick<RollbackFacts, 'deployRuns' | 'refs' | 'protection' | 'artifacts' | 'migrationRuns'> = {
  deployRuns: {},
  refs: {},
  protection: { reviewers: false, waitMinutes: 0, branchPolicy: false },
  artifacts: [],
  migrationRuns: [],
};
