/** Writes docs/schema/*.json, which editors read. Run it after a change of a step, a strategy, a log backend or the grammar. */
import { writeFileSync } from 'node:fs';
import { knownErrorsSchema } from '../src/playbook/known-errors.ts';
import { catalogSchema, playbookSchema } from '../src/playbook/schema.ts';
import { PLUGS } from '../src/plugs.ts';

const write = (name: string, schema: object): void =>
  writeFileSync(new URL(`../docs/schema/${name}.schema.json`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);

write('playbook', playbookSchema(PLUGS.steps));
write('services', catalogSchema(PLUGS));
write('known-errors', knownErrorsSchema());
