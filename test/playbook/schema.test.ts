import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadPlaybook } from '../../src/playbook/load.ts';
import { printProblem } from '../../src/playbook/problem.ts';
import { catalogSchema, playbookSchema } from '../../src/playbook/schema.ts';
import { loadCatalog } from '../../src/playbook/services.ts';
import { PLUGS } from '../../src/plugs.ts';
import { STEPS } from '../../src/steps/index.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
/** Beside the playbooks; each has a schema of its own. */
const OTHERS = ['services.yml', 'known-errors.yml'];
const playbooks = readdirSync(new URL('../../playbooks/', import.meta.url)).filter((name) => !OTHERS.includes(name));
const ajv = new Ajv({ allErrors: true, strict: false });
const playbookValid = ajv.compile(JSON.parse(read('docs/schema/playbook.schema.json')));
const errorsValid = ajv.compile(JSON.parse(read('docs/schema/known-errors.schema.json')));
const catalogValid = ajv.compile(JSON.parse(read('docs/schema/services.schema.json')));

describe('the published JSON Schemas', () => {
  it('are what the code says (node scripts/write-schemas.ts writes them anew)', () => {
    expect(JSON.parse(read('docs/schema/playbook.schema.json'))).toEqual(JSON.parse(JSON.stringify(playbookSchema(STEPS))));
    expect(JSON.parse(read('docs/schema/services.schema.json'))).toEqual(JSON.parse(JSON.stringify(catalogSchema(PLUGS))));
  });

  it.each(playbooks)('take the shipped %s', (name) => {
    playbookValid(parse(read(`playbooks/${name}`)));
    expect(playbookValid.errors).toBeNull();
  });

  it('take the shipped services.yml', () => {
    catalogValid(parse(read('playbooks/services.yml')));
    expect(catalogValid.errors).toBeNull();
  });

  it('take the shipped known-errors.yml', () => {
    errorsValid(parse(read('playbooks/known-errors.yml')));
    expect(errorsValid.errors).toBeNull();
  });

  it('refuse a misspelt key, an unknown kind and an option of the wrong type', () => {
    expect(playbookValid({ stpes: [] })).toBe(false);
    expect(playbookValid({ steps: [{ id: 'a', use: 'screnshot' }] })).toBe(false);
    expect(playbookValid({ steps: [{ id: 'a', use: 'collect', urls: 'many' }] })).toBe(false);
    expect(catalogValid({ services: { shop: { rollback: { tag_prefix: 1.1 } } } })).toBe(false);
    expect(catalogValid({ services: { shop: { logs: [{ use: 'grep' }] } } })).toBe(false);
  });
});

describe('the shipped files', () => {
  it.each(playbooks)('%s loads without a problem', (name) => {
    const outcome = loadPlaybook(read(`playbooks/${name}`), name, STEPS);
    expect(outcome.ok ? [] : outcome.problems.map(printProblem)).toEqual([]);
  });

  it.each(playbooks)('%s looks whether it helped after each rollback, and recovered is the end of it', (name) => {
    const outcome = loadPlaybook(read(`playbooks/${name}`), name, STEPS);
    if (!outcome.ok) throw new Error('does not load');
    const { steps } = outcome.playbook;
    const rollbacks = steps.filter(({ use }) => use === 'rollback');
    expect(rollbacks.length).toBeGreaterThan(0);
    for (const { next } of rollbacks) expect(steps.find(({ id }) => id === next.done)?.use).toBe('verify');
    for (const { next } of steps.filter(({ use }) => use === 'verify'))
      expect(next).toMatchObject({ recovered: 'end', blind: expect.stringMatching(/^(?!end$)/) });
  });

  it('services.yml loads without a problem, and touches nothing outside while no incident is open', () => {
    const known = { playbooks: playbooks.map((name) => name.replace('.yml', '')), strategies: PLUGS.strategies, logBackends: PLUGS.logBackends };
    const outcome = loadCatalog(read('playbooks/services.yml'), 'services.yml', known);
    if (!outcome.ok) throw new Error(outcome.problems.map(printProblem).join('\n'));
    const [shop] = outcome.catalog.services;
    expect(shop?.rollback.strategies).toHaveLength(1);
    expect([shop?.health.errorRate?.pollMs, ...(shop?.health.urls ?? []).map(({ pollMs }) => pollMs)]).toEqual([0, 0, 0]);
  });

  it('params and options survive a second reading, as steps and strategies read them again when they run', () => {
    for (const name of playbooks) {
      const outcome = loadPlaybook(read(`playbooks/${name}`), name, STEPS);
      if (!outcome.ok) throw new Error('does not load');
      for (const { use, params } of outcome.playbook.steps) expect(STEPS.find((kind) => kind.use === use)?.params.parse(params)).toEqual(params);
    }
  });
});
