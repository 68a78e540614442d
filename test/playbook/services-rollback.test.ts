import { describe, expect, it } from 'vitest';
import { fillIn } from '../../src/artifacts/fill-in.ts';
import { quietNow } from '../../src/core/approval.ts';
import { MIGRATION_GLOBS, WATCH_GLOBS } from '../../src/core/changes.ts';
import type { Service } from '../../src/core/service.ts';
import { LOG_BACKENDS } from '../../src/logs/index.ts';
import { MIGRATION_READERS } from '../../src/migrations/index.ts';
import { loadPlaybook } from '../../src/playbook/load.ts';
import { printProblem } from '../../src/playbook/problem.ts';
import { type CatalogOutcome, loadCatalog } from '../../src/playbook/services.ts';
import { STRATEGIES } from '../../src/rollbacks/index.ts';
import { STEPS } from '../../src/steps/index.ts';

const KNOWN = { playbooks: ['error-rate'], strategies: STRATEGIES, logBackends: LOG_BACKENDS, migrationReaders: MIGRATION_READERS };
const load = (text: string, more: Partial<Parameters<typeof loadCatalog>[2]> = {}): CatalogOutcome => loadCatalog(text, 'services.yml', { ...KNOWN, ...more });
/** Lines under `rollback:` of one service; the first stands in line 5. */
const shop = (lines: string, health = ''): string =>
  `services:\n  shop:\n    repository: acme/shop\n    rollback:\n${lines.replace(/^/gm, '      ')}\n${health === '' ? '' : `    health:\n${health.replace(/^/gm, '      ')}\n`}`;
function rules(lines: string, health?: string): Service['rollback'] {
  const outcome = load(shop(lines, health));
  if (!outcome.ok) throw new Error(outcome.problems.map(printProblem).join('\n'));
  const [service] = outcome.catalog.services;
  if (!service) throw new Error('one service');
  return service.rollback;
}
function said(lines: string, health?: string): string {
  const outcome = load(shop(lines, health));
  return outcome.ok ? '' : outcome.problems.map(printProblem).join('\n');
}

describe('who may ask, approve and break the glass', () => {
  it('is read as written, with times of day in minutes and days from Sunday', () => {
    const { approve } = rules(
      [
        'approve:',
        '  require: 1',
        '  from: [S0ONCALL]',
        '  ask: [U0ADA, S0ONCALL]',
        '  break_glass: [U0ADA]',
        '  quiet:',
        "    - { days: [mon, sun], from: '22:00', to: '06:30', zone: Europe/Berlin, require: 2 }",
        '    - { from: 00:00, to: 24:00, zone: UTC }',
      ].join('\n'),
    );
    expect(approve).toEqual({
      require: 1,
      from: ['S0ONCALL'],
      ask: ['U0ADA', 'S0ONCALL'],
      requesterMay: false,
      expiresMs: 600_000,
      breakGlass: ['U0ADA'],
      quiet: [
        { days: [1, 0], from: 1_320, to: 390, zone: 'Europe/Berlin', require: 2 },
        { days: [], from: 0, to: 1_440, zone: 'UTC', require: 2 },
      ],
    });
  });

  it('quiet hours mean at an incident what they say in the file', () => {
    const { quiet } = rules("approve: { quiet: [{ days: [fri], from: '22:00', to: '06:00', zone: Europe/Berlin, require: 3 }] }").approve;
    // 20 November 2026 is a Friday; Berlin is an hour ahead of UTC.
    for (const [time, isQuiet] of [
      ['2026-11-20T20:59:00Z', false],
      ['2026-11-20T21:00:00Z', true],
      ['2026-11-21T04:59:00Z', true],
      ['2026-11-21T05:00:00Z', false],
      ['2026-11-21T22:00:00Z', false],
    ] as const)
      expect(quietNow(quiet, Date.parse(time))?.require, time).toBe(isQuiet ? 3 : undefined);
  });

  it.each([
    ["quiet: [{ from: '25:00', to: '06:00', zone: UTC }]", /^services\.yml:5:34 E_PLAYBOOK_TYPE .*expected a time of day from 00:00 to 24:00/],
    ["quiet: [{ from: 6:00, to: '08:00', zone: UTC }]", /:5:34 .*expected a time of day/],
    ["quiet: [{ from: '22:00', to: '06:00', zone: Europe/Berln }]", /:5:62 .*'Europe\/Berln' is no time zone; .* Did you mean 'Europe\/Berlin'\?/],
    ["quiet: [{ from: '22:00', to: '06:00', zone: '+01:00' }]", /'\+01:00' is no time zone/],
    ["quiet: [{ from: '22:00', to: '06:00' }]", /key 'zone' is missing in services\.shop\.rollback\.approve\.quiet\.0/],
    ["quiet: [{ from: '22:00', to: '22:00', zone: UTC }]", /:5:47 .*the hours would never hold; a whole day is 00:00 to 24:00/],
    ["quiet: [{ days: [monday], from: '22:00', to: '06:00', zone: UTC }]", /expected sun \| mon \| tue/],
    ["quiet: [{ form: '22:00', to: '06:00', zone: UTC }]", /unknown key 'form'; did you mean 'from'\?/],
    ['break_glas: [U0ADA]', /unknown key 'break_glas'; did you mean 'break_glass'\?/],
    ['ask: [ada@example.com]', /expected a Slack user or user-group id/],
  ])('%s is refused at its place', (line, says) => expect(said(`approve: { ${line} }`)).toMatch(says));

  it.each([
    ['from: []', /:5:16 E_PLAYBOOK_POLICY 1 approval required, 0 people may approve/],
    ['require: 3, from: [U0ADA, U0BOB]', /3 approvals required, 2 people may approve/],
    ['ask: [U0ADA], from: [U0ADA]', /1 approval required, but whoever asks may not approve, which leaves too few/],
    ['require: 2, ask: [U0ADA, U0BOB], from: [U0ADA, U0BOB]', /2 approvals required, but whoever asks may not approve/],
    ['break_glass: []', /:5:31 E_PLAYBOOK_POLICY break_glass names nobody/],
    ['ask: []', /ask names nobody/],
    [
      "require: 3, quiet: [{ from: '22:00', to: '06:00', zone: UTC, require: 2 }]",
      /:5:88 E_PLAYBOOK_POLICY 3 approvals required at any time, so 2 in quiet hours would change/,
    ],
    ["from: [U0ADA], quiet: [{ from: '22:00', to: '06:00', zone: UTC, require: 2 }]", /2 approvals required in these hours, 1 person may approve/],
    ["from: [U0ADA], quiet: [{ from: '22:00', to: '06:00', zone: UTC }]", /2 approvals required in these hours, 1 person may approve/],
  ])('approve: { %s } can never be approved, or says nothing, and is refused', (line, says) => expect(said(`approve: { ${line} }`)).toMatch(says));

  it.each(['from', 'ask'])('a name in %s that is no Slack id is said, and no number of people is reckoned from it', (key) => {
    const all = said(`approve: { ${key}: [ada], quiet: [{ from: '22:00', to: '06:00', zone: UTC }] }`);
    expect(all).toMatch(new RegExp(`^services\\.yml:\\d+:\\d+ E_PLAYBOOK_TYPE 'rollback\\.approve\\.${key}\\.0': expected a Slack user[^\\n]*$`));
  });

  it.each([
    'ask: [U0ADA, U0BOB], from: [U0ADA]', // Bob asks, Ada approves
    'ask: [U0ADA], from: [U0ADA], requester: true',
    'ask: [U0ADA], from: [S0ONCALL]',
    'ask: [S0ONCALL], from: [U0ADA]',
    'require: 2, ask: [U0ADA], from: [U0ADA, U0BOB, U0CAT]',
    "require: 2, quiet: [{ from: '22:00', to: '06:00', zone: UTC, require: 2 }]",
  ])('approve: { %s } is fine', (line) => expect(said(`approve: { ${line} }`)).toBe(''));
});

describe('what is looked at before a rollback', () => {
  it('globs that are not written are the usual ones; what is written replaces them, kind by kind', () => {
    expect(rules('tag_prefix: v')).toMatchObject({
      migrations: MIGRATION_GLOBS,
      watch: WATCH_GLOBS,
      artifacts: [],
      migrationsRun: undefined,
      automatic: undefined,
    });
    expect(rules('watch: { config: [etc/**], api: [] }').watch).toEqual({ ...WATCH_GLOBS, config: ['etc/**'], api: [] });
    expect(said('watch: { confg: [x] }')).toContain("unknown key 'confg'; did you mean 'config'?");
  });

  it('artifacts are files, packages and images, named with the tag or its version', () => {
    expect(
      rules(
        "artifacts:\n  - asset: 'shop-{{ tag }}.tgz'\n  - package: { type: npm, name: '@acme/shop' }\n  - package: { type: container, name: shop, version: '{{ tag }}' }\n  - image: 'ghcr.io/acme/shop:{{ tag }}'\n  - asset: checksums.txt",
      ).artifacts,
    ).toEqual([
      { kind: 'asset', name: 'shop-{{ tag }}.tgz' },
      { kind: 'package', type: 'npm', name: '@acme/shop', version: '{{ version }}' },
      { kind: 'package', type: 'container', name: 'shop', version: '{{ tag }}' },
      { kind: 'image', image: 'ghcr.io/acme/shop:{{ tag }}' },
      { kind: 'asset', name: 'checksums.txt' },
    ]);
  });

  it.each([
    [
      "image: 'ghcr.io/acme/shop:{{ tga }}'",
      /^services\.yml:5:28 E_PLAYBOOK_TYPE .*unknown variable 'tga'; \{\{ tag }} and \{\{ version }} may stand here\. Did you mean 'tag'\?$/,
    ],
    ['image: ghcr.io/acme/shop:latest', /the same for every release; write \{\{ tag }} or \{\{ version }}/],
    ["image: 'https://ghcr.io/acme/shop:{{ tag }}'", /expected registry\/name:\{\{ tag }}.*without https:\/\//],
    ["image: 'ghcr.io/acme/shop@{{ tag }}'", /expected registry\/name/],
    ["image: 'ghcr.io/acme/{{ tag }}'", /expected registry\/name/],
    ["asset: 'shop-{{ tag }.tgz'", /double braces that do not belong together/],
    ["asset: 'shop-{{ tag }}}}.tgz'", /double braces that do not belong together/],
    ['package: { type: npm, name: shop, version: 1.0.0 }', /the same for every release/],
    ['package: { type: nmp, name: shop }', /expected container .*did you mean 'npm'\?/],
    ["asset: a, image: 'ghcr.io/acme/shop:{{ tag }}'", /expected one of asset, package, image/],
    ['imgae: x', /unknown key 'imgae'; did you mean 'image'\?/],
  ])('artifacts: [{ %s }] is refused at its place', (line, says) => expect(said(`artifacts: [{ ${line} }]`)).toMatch(says));

  it('every name that may stand in double braces is filled in when it is read', () => {
    const [ask] = rules("artifacts: [{ image: 'a.example/shop:{{ tag }}-{{version}}' }]").artifacts;
    expect(ask && fillIn(ask, { tag: 'v1.2', prefix: '' })).toEqual({ kind: 'image', image: 'a.example/shop:v1.2-1.2' });
  });

  it('readers of migrations are checked by their own schemas, and keep their defaults', () => {
    expect(rules('migrations_run: { use: http, url: http://shop.internal/migrations, token_env: SHOP_TOKEN }').migrationsRun).toEqual({
      use: 'http',
      options: { url: 'http://shop.internal/migrations', format: 'json', token_env: 'SHOP_TOKEN' },
    });
    expect(rules('migrations_run: { use: sql, url_env: SHOP_DB, query: select version from schema_migrations }').migrationsRun?.use).toBe('sql');
    expect(said('migrations_run: { use: htpt, url: x }')).toMatch(
      /:5:30 E_PLAYBOOK_STEP no reader of migrations is called 'htpt'; did you mean 'http'\?; there are: http, sql$/,
    );
    expect(said('migrations_run: { use: http, url: http://169.254.169.254/ }')).toContain('E_URL_BLOCKED');
    expect(said('migrations_run: { use: http, ulr: http://a.example/ }')).toContain("unknown key 'ulr'; did you mean 'url'?");
    expect(said('migrations_run: { use: sql, file: /var/lib/shop.db, query: drop table x }')).toContain('one statement that begins with select');
    expect(said('migrations_run: {}')).toContain("key 'use' is missing");
  });

  it('where nobody said which readers there are, the options pass as they were written', () => {
    const outcome = load(shop('migrations_run: { use: later, x: 1 }'), { migrationReaders: undefined } as object);
    expect(outcome.ok && outcome.catalog.services[0]?.rollback.migrationsRun).toEqual({ use: 'later', options: { x: 1 } });
  });
});

describe('a rollback that nobody asks for', () => {
  const STRATEGY = 'strategies: [{ use: dispatch-workflow, workflow: deploy.yml }]\n';
  const HEALTH = "error_rate: { url: 'http://prometheus:9090', query: x, threshold: 2% }\nversion: http://shop.internal/version";

  it('is off until it is written down, and then has its limits', () => {
    expect(rules(STRATEGY).automatic).toBeUndefined();
    expect(rules(`${STRATEGY}automatic: { alerts: [{ alertname: HighErrorRate }] }`, HEALTH).automatic).toEqual({
      alerts: [{ alertname: 'HighErrorRate' }],
      withinMs: 1_800_000,
      countdownMs: 120_000,
    });
    expect(rules(`${STRATEGY}automatic: { alerts: [{ a: b }, { c: '*' }], within: 10m, countdown: 30s }`, HEALTH).automatic).toMatchObject({
      withinMs: 600_000,
      countdownMs: 30_000,
    });
  });

  it.each([
    ['alerts: []', /at least 1 entries expected/],
    ['alerts: [{}]', /an empty set of labels would take every alert/],
    ['within: 30m', /key 'alerts' is missing/],
    ['alerts: [{ a: b }], countdown: 10s', /'10s' is too short; 30s\.\.15m/],
    ['alerts: [{ a: b }], countdown: 16m', /30s\.\.15m/],
    ['alerts: [{ a: b }], wihtin: 1h', /unknown key 'wihtin'; did you mean 'within'\?/],
  ])('automatic: { %s } is refused', (line, says) => expect(said(`${STRATEGY}automatic: { ${line} }`, HEALTH)).toMatch(says));

  it('is refused where nobody could tell afterwards whether it worked', () => {
    const line = 'automatic: { alerts: [{ a: b }] }';
    const [rate = '', version = ''] = HEALTH.split('\n');
    expect(said(STRATEGY + line, version)).toBe(
      'services.yml:6:18 E_PLAYBOOK_POLICY a rollback that nobody watches is not allowed here: without health.error_rate, nobody could tell whether it helped',
    );
    expect(said(STRATEGY + line, rate)).toContain('without health.version, nobody could tell that the old release is back');
    expect(said(line, HEALTH)).toContain('without an entry under rollback.strategies, it has no way back');
    expect(said(line).split('\n')).toHaveLength(3);
  });
});

describe('where the running release is asked for', () => {
  const version = (text: string): unknown => {
    const outcome = load(shop('tag_prefix: v', `version: ${text}`));
    return outcome.ok ? outcome.catalog.services[0]?.health.version : outcome.problems.map(printProblem).join('\n');
  };
  it('is one address or several, each asked once or more', () => {
    expect(version('http://a.example/version')).toEqual({ urls: ['http://a.example/version'], field: undefined, times: 1 });
    expect(version('{ url: http://a.example/version, field: build.tag, times: 3 }')).toEqual({
      urls: ['http://a.example/version'],
      field: 'build.tag',
      times: 3,
    });
    expect(version('{ urls: [http://a.example/, http://b.example/], field: tag, times: 10 }')).toEqual({
      urls: ['http://a.example/', 'http://b.example/'],
      field: 'tag',
      times: 10,
    });
  });

  it.each([
    ['{ field: tag }', /expected one of url, urls/],
    ['{ url: http://a.example/, urls: [http://b.example/] }', /expected one of url, urls/],
    ['{ urls: [] }', /at least 1 entries expected/],
    ['{ url: http://a.example/, times: 11 }', /at most 10 expected/],
    ['{ urls: [http://169.254.169.254/] }', /E_URL_BLOCKED/],
    ['{ url: http://a.example/, feild: tag }', /unknown key 'feild'; did you mean 'field'\?/],
  ])('version: %s is refused', (text, says) => expect(version(text)).toMatch(says));
});

describe('a playbook that wants other people than services.yml', () => {
  const playbook = (approve: string) => {
    const outcome = loadPlaybook(`steps:\n  - { id: go-back, use: rollback, approve: ${approve} }\n`, 'error-rate.yml', STEPS);
    if (!outcome.ok) throw new Error(outcome.problems.map(printProblem).join('\n'));
    return outcome.playbook;
  };
  const warned = (text: string, approve: string): readonly string[] => {
    const outcome = load(text, { loaded: [playbook(approve)] });
    if (!outcome.ok) throw new Error(outcome.problems.map(printProblem).join('\n'));
    return outcome.warnings.map(printProblem);
  };
  const text = (from: string, name = '    playbook: error-rate\n'): string => `services:\n  shop:\n${name}    rollback: { approve: { from: ${from} } }\n`;

  it('is named, because its list would be left aside without a word', () => {
    expect(warned(text('[S0ONCALL]'), '{ require: 1, from: [S0LEADS] }')).toEqual([
      "services.yml:4:34 E_PLAYBOOK_POLICY the step 'go-back' of playbook 'error-rate' wants S0LEADS to approve, and none of them may here: its list is ignored, and S0ONCALL approve; name at least one of them in both, or leave from: out of the playbook",
    ]);
    expect(warned(`playbook: error-rate\n${text('[S0ONCALL]', '')}`, '{ require: 1, from: [S0LEADS] }')).toHaveLength(1);
  });

  it('is no matter of services that use another playbook, share a name, or let anybody approve', () => {
    expect(warned(text('[S0ONCALL]', ''), '{ require: 1, from: [S0LEADS] }')).toEqual([]);
    expect(warned(text('[S0ONCALL, U0ADA]'), '{ require: 1, from: [S0LEADS, U0ADA] }')).toEqual([]);
    expect(warned('services:\n  shop: { playbook: error-rate }\n', '{ require: 1, from: [S0LEADS] }')).toEqual([]);
    expect(load(text('[S0ONCALL]'))).toMatchObject({ ok: true, warnings: [] });
  });
});
