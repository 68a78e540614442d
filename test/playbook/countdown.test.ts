/** A countdown that lasts as long as its own plan ends in a refusal at the moment it should begin; the file is refused instead. */
import { expect, it } from 'vitest';
import { LOG_BACKENDS } from '../../src/logs/index.ts';
import { MIGRATION_READERS } from '../../src/migrations/index.ts';
import { printProblem } from '../../src/playbook/problem.ts';
import { loadCatalog } from '../../src/playbook/services.ts';
import { STRATEGIES } from '../../src/rollbacks/index.ts';

const catalog = (countdown: string, approve: string) => `services:
  shop:
    repository: acme/shop
    health:
      error_rate: { url: 'http://prometheus:9090', query: x, threshold: 2% }
      version: http://shop.internal/version
    rollback:
      strategies: [{ use: dispatch-workflow, workflow: deploy.yml }]
      automatic: { alerts: [{ alertname: HighErrorRate }]${countdown} }
${approve}`;

function said(countdown: string, approve = ''): string {
  const known = { playbooks: [], strategies: STRATEGIES, logBackends: LOG_BACKENDS, migrationReaders: MIGRATION_READERS };
  const outcome = loadCatalog(catalog(countdown, approve), 'services.yml', known);
  return outcome.ok ? 'good' : outcome.problems.map(printProblem).join('\n');
}
const REFUSED = /^services\.yml:9:18 E_PLAYBOOK_POLICY .*without a countdown shorter than approve\.expires, it would expire before it begins$/;

it.each([
  [', countdown: 10m', ''],
  [', countdown: 15m', ''],
  [', countdown: 5m', '      approve: { expires: 5m }\n'],
  ['', '      approve: { expires: 1m }\n'],
])('automatic with “%s” is refused with “%s”', (countdown, approve) => {
  expect(said(countdown, approve)).toMatch(REFUSED);
});

it.each([
  ['', ''],
  [', countdown: 9m59s', ''],
  [', countdown: 15m', '      approve: { expires: 16m }\n'],
])('automatic with “%s” is taken with “%s”', (countdown, approve) => {
  expect(said(countdown, approve)).toBe('good');
});
