/** Everything that playbooks and services.yml may name. */
import { LOG_BACKENDS } from './logs/index.ts';
import { MIGRATION_READERS } from './migrations/index.ts';
import { STRATEGIES } from './rollbacks/index.ts';
import { genericMapping } from './sources/generic.ts';
import { STEPS } from './steps/index.ts';

export const PLUGS = {
  steps: STEPS,
  strategies: STRATEGIES,
  logBackends: LOG_BACKENDS,
  migrationReaders: MIGRATION_READERS,
  generic: genericMapping,
} as const;
