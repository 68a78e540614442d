import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MIGRATION_GLOBS, WATCH_GLOBS } from '../../src/core/changes.ts';
import { JOINING, NOISE } from '../../src/core/correlate-rules.ts';
import type { Catalog } from '../../src/core/service.ts';
import { LOG_BACKENDS } from '../../src/logs/index.ts';
import { printProblem } from '../../src/playbook/problem.ts';
import { loadCatalog } from '../../src/playbook/services.ts';
import { STRATEGIES } from '../../src/rollbacks/index.ts';
import { REST_OF_POLICY, REST_OF_RULES } from '../rests.ts';

const KNOWN = { playbooks: ['error-rate', 'dead-service'], strategies: STRATEGIES, logBackends: LOG_BACKENDS };
function catalog(text: string): Catalog {
  const outcome = loadCatalog(text, 'services.yml', KNOWN);
  if (!outcome.ok) throw new Error(outcome.problems.map(printProblem).join('\n'));
  return outcome.catalog;
}
function said(text: string, known: Parameters<typeof loadCatalog>[2] = KNOWN): string {
  const outcome = loadCatalog(text, 'services.yml', known);
  return outcome.ok ? '' : outcome.problems.map(printProblem).join('\n');
}
const shop = (lines: string): string => `services:\n  shop:\n    repository: acme/shop\n${lines.replace(/^/gm, '    ')}\n`;

describe('services.yml', () => {
  it('a service needs nothing but its name; everything else has a default', () => {
    expect(catalog('services:\n  shop: {}\n')).toEqual({
      services: [
        {
          name: 'shop',
          repo: undefined,
          environment: 'production',
          playbook: undefined,
          severity: 'sev2',
          call: [],
          match: [],
          links: [],
          health: { errorRate: undefined, urls: [], version: undefined },
          logs: [],
          rollback: {
            strategies: [],
            approve: { require: 1, from: [], requesterMay: false, expiresMs: 600_000, ...REST_OF_POLICY },
            tagPrefix: '',
            migrations: MIGRATION_GLOBS,
            ...REST_OF_RULES,
            watch: WATCH_GLOBS,
          },
          resolveAfterMs: 1_800_000,
          joining: JOINING,
        },
      ],
      noise: NOISE,
      operators: [],
      announce: undefined,
      channelPrefix: 'inc',
      defaultPlaybook: undefined,
      generic: {},
      watched: [],
    });
  });

  it('thresholds are fractions, intervals are milliseconds, and off is never', () => {
    const health = (rate: string) => catalog(shop(`health:\n  error_rate: { url: 'http://prometheus:9090', query: x, ${rate} }`)).services[0]?.health.errorRate;
    expect(health('threshold: 2%')).toMatchObject({
      threshold: 0.02,
      forMs: 120_000,
      pollMs: 0,
      windowMs: 600_000,
      quietMs: 180_000,
      patienceMs: 600_000,
      stepMs: 15_000,
    });
    expect(health('threshold: 0.05, poll: 30s, for: 1m, traffic: y')).toMatchObject({ threshold: 0.05, pollMs: 30_000, forMs: 60_000, traffic: 'y' });
    expect(health('threshold: 0.5 %, poll: off')).toMatchObject({ threshold: 0.005, pollMs: 0 });
  });

  it('a key URL may be just an address, one or many', () => {
    const { health } =
      catalog(
        shop(
          "health:\n  url: https://a.example/\n  urls: ['http://10.0.0.7/', { url: 'http://localhost:8080/x', status: 204, max_ms: 300, contains: ok }]\n  version: http://shop.svc.cluster.local/version",
        ),
      ).services[0] ?? {};
    expect(health?.urls).toEqual([
      { url: 'https://a.example/', expectStatus: 200, maxMs: 5_000, contains: undefined, pollMs: 0, forMs: 60_000 },
      { url: 'http://10.0.0.7/', expectStatus: 200, maxMs: 5_000, contains: undefined, pollMs: 0, forMs: 60_000 },
      { url: 'http://localhost:8080/x', expectStatus: 204, maxMs: 300, contains: 'ok', pollMs: 0, forMs: 60_000 },
    ]);
    expect(health?.version).toEqual({ urls: ['http://shop.svc.cluster.local/version'], field: undefined, times: 1 });
  });

  it('options of strategies and log backends are checked by their own schemas and keep their defaults', () => {
    const [service] = catalog(
      shop('logs: [{ use: file, folder: /var/log, file: a.log }]\nrollback: { strategies: [{ use: dispatch-workflow, workflow: deploy.yml }] }'),
    ).services;
    expect(service?.logs).toEqual([{ use: 'file', options: { folder: '/var/log', file: 'a.log' } }]);
    expect(service?.rollback.strategies[0]).toMatchObject({ use: 'dispatch-workflow', options: { workflow: 'deploy.yml', ref: 'main' } });
    expect(said(shop('logs: [{ use: file, folder: /var/log, file: ../../etc/passwd }]'))).toContain('without ..');
    expect(said(shop('logs: [{ use: file, folder: /var/log, path: x }]'))).toMatch(/key 'file' is missing.*\n.*unknown key 'path'/);
    expect(said(shop('logs: [{ use: lokki, url: x }]'))).toContain("E_PLAYBOOK_STEP no log backend is called 'lokki'; did you mean 'loki'?");
    expect(said(shop('rollback: { strategies: [{ use: dispatch-workflow, workflow: deploy }] }'))).toContain('services.yml:4:66 E_PLAYBOOK_TYPE');
    expect(said('services:\n  shop:\n    rollback: { strategies: [{ use: dispatch-workflow, workflow: deploy.yml }] }\n')).toContain(
      "only with a 'repository:'",
    );
  });

  it('a strategy nobody knows is answered with the nearest name and all names, in one short line', () => {
    const line = said(shop('rollback: { strategies: [{ use: re-run-deploy, workflow: deploy.yml }] }'));
    expect(line).toMatch(/^services\.yml:4:\d+ E_PLAYBOOK_STEP no strategy is called 're-run-deploy'; did you mean 'rerun-deploy'\?; there are: [a-z, -]+$/);
    for (const { use } of KNOWN.strategies) expect(line).toContain(use);
    expect(line.length).toBeLessThan(260);
    const automatic = said(shop('rollback: { strategies: [{ use: re-run-deploy }], automatic: { alerts: [{ a: b }] } }'));
    expect(automatic).not.toContain('no way back');
  });

  it('a number where a duration belongs wants a unit, and is not told to be quoted', () => {
    const about = (line: string): string => said(shop(line));
    expect(about('rollback: { approve: { expires: 5 } }')).toMatch(
      /E_PLAYBOOK_DURATION 'rollback\.approve\.expires': expected a duration, got number 5; say the unit: 5s, 5m or 5h$/,
    );
    expect(about('health: { error_rate: { url: http://p, query: x, threshold: 1%, poll: 15 } }')).toContain('say the unit: 15s, 15m or 15h');
    expect(about('resolve_after: true')).toContain('expected a duration, got boolean true, e.g. 90s, 5m, 2h');
  });

  it('a duration out of range is called too short or too long, not no duration', () => {
    const poll = (text: string): string => said(shop(`health: { error_rate: { url: http://p, query: x, threshold: 1%, poll: ${text} } }`));
    expect(poll('1s')).toMatch(/E_PLAYBOOK_DURATION .*'1s' is too short; 5s\.\.24h$/);
    expect(poll('25h')).toMatch(/'25h' is too long; 5s\.\.24h$/);
    expect(poll('soon')).toMatch(/'soon' is not a duration; expected e\.g\. 90s, 5m, 2h; 5s\.\.24h$/);
    expect(poll('off')).toBe('');
  });

  it('addresses that hand out credentials, other schemes and passwords in addresses are refused', () => {
    expect(said(shop('health: { url: http://169.254.169.254/ }'))).toContain('E_URL_BLOCKED');
    expect(said(shop('health: { url: http://2852039166/ }'))).toContain('E_URL_BLOCKED');
    expect(said(shop("health: { url: 'http://[fe80::1]/' }"))).toContain('E_URL_BLOCKED');
    expect(said(shop('links: { Evil: javascript:alert(1) }'))).toContain('E_URL_SCHEME');
    const secret = said(shop('health: { version: https://bob:hunter2@shop.example/version }'));
    expect(secret).toContain('E_URL_CREDENTIALS');
    expect(secret).not.toContain('hunter2');
  });

  it('what it refers to must exist, and the nearest name is offered', () => {
    expect(said('playbook: eror-rate\n')).toMatch(/1:11 E_PLAYBOOK_REF there is no playbook 'eror-rate'. Did you mean 'error-rate'\?/);
    expect(said(shop('playbook: nothing'))).toContain('playbooks here: error-rate, dead-service');
  });

  it('two services cannot own the same labels', () => {
    const text = 'services:\n  a: { alerts: { match: [{ job: x, env: prod }] } }\n  b: { alerts: { match: [{ env: prod, job: x }] } }\n';
    expect(said(text)).toContain("3:26 E_PLAYBOOK_ID these labels belong to the service 'a' already");
    expect(said(shop('alerts: { match: [{}] }'))).toContain('would take every alert');
  });

  it('mistakes are named with their place, all at once', () => {
    const text =
      'chanel_prefix: x\nannounce: general\nservices:\n  Shop: {}\n  web:\n    repository: web\n    severity: sev9\n    call: [ada@example.com]\n    rollback: { approve: { require: 0 } }\n';
    const all = said(text);
    expect(all).toMatch(/^services.yml:1:1 E_PLAYBOOK_KEY unknown key 'chanel_prefix'; did you mean 'channel_prefix'\?/);
    for (const part of [
      'expected a Slack channel id',
      'a service name is 1 to 40 small letters',
      'expected owner/name',
      "expected sev1 | sev2 | sev3, got text 'sev9'; did you mean 'sev1'?",
      'expected a Slack user or user-group id',
      "'rollback.approve.require': at least 1 expected",
    ])
      expect(all).toContain(part);
    expect(all.split('\n')).toHaveLength(7);
  });

  it('the mapping of generic messages is checked when its schema is known', () => {
    const generic = z.strictObject({ state: z.string().default('status') });
    expect(said('generic: { stat: x }\n', { ...KNOWN, generic })).toContain("unknown key 'stat'; did you mean 'state'?");
    const outcome = loadCatalog('generic: {}\n', 'services.yml', { ...KNOWN, generic });
    expect(outcome.ok && outcome.catalog.generic).toEqual({ state: 'status' });
  });

  it('a file full of mistakes is judged within a second, and the first hundred are named', () => {
    const text = `services:\n${Array.from({ length: 2_000 }, (_, index) => `  s${index}: { repositry: x, severity: 9 }\n`).join('')}`;
    const before = process.threadCpuUsage();
    expect(said(text).split('\n')).toHaveLength(100);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(1_000);
  });

  it('three hundred services fit into one file', () => {
    const one = (index: number): string =>
      `  s${index}:\n    repository: acme/s${index}\n    alerts: { match: [{ job: s${index} }] }\n    rollback: { tag_prefix: s${index}-v, strategies: [{ use: dispatch-workflow, workflow: deploy.yml }] }\n`;
    expect(catalog(`services:\n${Array.from({ length: 300 }, (_, index) => one(index)).join('')}`).services).toHaveLength(300);
  });
});
