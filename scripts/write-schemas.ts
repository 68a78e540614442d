/** Writes docs/schema/*.json, which editors read. Run it after a change of a step, a strategy, a log backend or the grammar. */
import { writeFileSync } from 'node:fs';
import { LOG_BACKENDS } from '../src/logs/index.ts';
import { catalogSchema, playbookSchema } from '../src/playbook/schema.ts';
import { STRATEGIES } from '../src/rollbacks/index.ts';
import { STEPS } from '../src/steps/index.ts';

const write = (name: string, schema: object): void =>
  writeFileSync(new URL(`../docs/schema/${name}.schema.json`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);

write('playbook', playbookSchema(STEPS));
write('services', catalogSchema({ strategies: STRATEGIES, logBackends: LOG_BACKENDS }));
