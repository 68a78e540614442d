import { matchesGlob } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAside, isCheckingWorkflow, isDocumentation, isTest, MIGRATION_GLOBS, migrationKind, versionOf, WATCH_GLOBS } from '../../src/core/changes.ts';
import { globMatcher } from '../../src/core/glob.ts';
import { declared } from '../../src/core/public-api.ts';
import { isMigration } from '../../src/github/compare.ts';

/** As the frameworks' own documentation lays them out. */
const MIGRATIONS: readonly (readonly [string, string, string | undefined])[] = [
  ['db/migrate/20260311092011_add_gift_note.rb', 'versioned', '20260311092011'],
  ['engines/shop/db/migrate/20260311092011_add_gift_note.rb', 'versioned', '20260311092011'],
  ['db/schema.rb', 'shadow', undefined],
  ['db/structure.sql', 'shadow', undefined],
  ['catalog/migrations/0007_product_weight.py', 'versioned', '0007'],
  ['catalog/migrations/__init__.py', 'none', undefined],
  ['prisma/migrations/20260311092011_add_loyalty/migration.sql', 'versioned', '20260311092011'],
  ['prisma/migrations/migration_lock.toml', 'shadow', undefined],
  ['prisma/schema.prisma', 'schema', undefined],
  ['src/main/resources/db/migration/V12__add_currency.sql', 'versioned', 'V12'],
  ['src/main/resources/db/migration/V2_1__b.sql', 'versioned', 'V2_1'],
  ['src/main/resources/db/migration/R__order_totals.sql', 'declared', undefined],
  ['src/main/resources/db/migration/U12__add_currency.sql', 'none', undefined],
  ['src/main/resources/db/changelog/db.changelog-master.yaml', 'declared', undefined],
  ['liquibase/changes/007-add.xml', 'declared', '007'],
  ['alembic/versions/4f1c2ab39d01_orders.py', 'versioned', '4f1c2ab39d01'],
  ['migrations/versions/1234abcd5678_orders.py', 'versioned', '1234abcd5678'],
  ['migrations/env.py', 'none', undefined],
  ['migrations/20260311092011_sessions.js', 'versioned', '20260311092011'],
  ['migrations/000041_add_retries.up.sql', 'versioned', '000041'],
  ['migrations/000041_add_retries.down.sql', 'none', '000041'],
  ['internal/db/migrations/00012_audit.sql', 'versioned', '00012'],
  ['database/migrations/2026_03_11_092011_add_phone.php', 'versioned', '2026_03_11_092011'],
  ['src/migrations/1710147600000-AddUsers.ts', 'versioned', '1710147600000'],
  ['migrations/Version20260311092011.php', 'versioned', 'Version20260311092011'],
  ['src/Shop/Migrations/20260311092011_AddUsers.cs', 'versioned', '20260311092011'],
  ['src/Shop/Migrations/ShopModelSnapshot.cs', 'shadow', undefined],
  ['drizzle/0003_lively_hulk.sql', 'versioned', '0003'],
  ['database/changes/2026-03-11-orders.sql', 'versioned', '2026-03-11'],
  ['sql/tables/orders.sql', 'declared', undefined],
  ['db/queries/orders.sql', 'none', undefined],
  ['db/schema.sql', 'schema', undefined],
  ['core/domain/state_migration.py', 'declared', undefined],
];

describe('the usual places of migrations', () => {
  it.each(MIGRATIONS)('%s is %s', (path, kind, version) => {
    expect(isMigration(path, MIGRATION_GLOBS), 'no glob finds it').toBe(true);
    expect(migrationKind(path)).toBe(kind);
    expect(versionOf(path)).toBe(version);
  });

  it.each([
    'src/checkout.ts',
    'app/models/migration.rb',
    'docs/upgrading.md',
    'assets/sql.svg',
    'package-lock.json',
    'src/schema.ts',
    'charts/shop/values.yaml',
  ])('%s is none of them', (path) => {
    expect(isMigration(path, MIGRATION_GLOBS)).toBe(false);
  });

  it('are found by every glob: none is there for nothing', () => {
    const paths = [
      ...MIGRATIONS.map(([path]) => path),
      'south_migrations/0001.py',
      'flyway/a.sql',
      'V1__a.sql',
      'R__a.sql',
      'ddl/a.sql',
      'schema/a.sql',
      'db/a.sql',
      'state.migration.ts',
      'a-migration.ts',
      'state_schema_version.py',
      'x/migrate/a.go',
      'src/db.changelog.xml',
    ];
    for (const glob of MIGRATION_GLOBS) expect(paths.filter((path) => matchesGlob(path, glob)).length, glob).toBeGreaterThan(0);
  });
});

describe('a glob', () => {
  it.each([
    ['**/config/**', 'config/app.yml', true],
    ['**/config/**', 'a/config/b/app.yml', true],
    ['**/config/**', 'a/config', false],
    ['**/config/**', 'a/configs/b', false],
    ['go.sum', 'tools/go.sum', true],
    ['/go.sum', 'tools/go.sum', false],
    ['**/.env*', 'a/.env.example', true],
    ['**/.github/workflows/**', '.github/workflows/deploy.yml', true],
    ['a/**/b/*.{yml,yaml}', 'a/b/c.yaml', true],
    ['a/**/b/*.{yml,yaml}', 'a/x/b/y/b/c.yml', true],
    ['a/*/c', 'a/b/b/c', false],
    ['a?c.ts', 'abc.ts', true],
    ['a?c.ts', 'ac.ts', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['*a*b*', 'xxbxxaxx', false],
  ])('%s and %s: %s', (glob, path, expected) => {
    expect(globMatcher([glob])(path)).toBe(expected);
  });

  it('with an exclamation mark takes away, wherever it stands', () => {
    expect(globMatcher(['!**/config/locales/**', '**/config/**'])('config/locales/de.yml')).toBe(false);
    expect(globMatcher(['**/config/**', '!**/config/locales/**'])('config/app.yml')).toBe(true);
    expect(globMatcher(['!**/config/**'])('src/a.ts')).toBe(false);
  });

  it('means what it means to Node, but for names that begin with a dot', () => {
    const part = fc.constantFrom('a', 'b', 'ab', 'a.b', 'config');
    const path = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
    const glob = fc
      .array(fc.constantFrom('a', 'b', 'a*', '*b', '*', '?', '**', '*.b', '{a,b}', 'config'), { minLength: 2, maxLength: 5 })
      .map((parts) => parts.join('/'));
    fc.assert(
      fc.property(path, glob, (one, pattern) => {
        // Node takes `a/**` for `a` too; a folder itself is never a changed file.
        fc.pre(!/\*\*\/?$/.test(pattern));
        expect(globMatcher([pattern])(one), `${pattern} on ${one}`).toBe(matchesGlob(one, pattern));
      }),
      { numRuns: 5_000 },
    );
  });

  it('full of stars on a long path ends soon', () => {
    const started = performance.now();
    expect(globMatcher([`${'*a'.repeat(50)}*z`, `${'**/a/'.repeat(20)}z`])(`${'a'.repeat(4_000)}/${'a/'.repeat(1_000)}b`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('what is not deployed', () => {
  it.each([
    'docs/config/settings.md',
    'README.md',
    'src/checkout_test.go',
    'tests/fixtures/app.yml',
    'examples/shop/package-lock.json',
    '.prettierrc.json',
    'src/__tests__/a.ts',
    'spec/models/a_spec.rb',
  ])('%s', (path) => {
    expect(isAside(path)).toBe(true);
  });
  it.each(['src/docsearch.ts', 'src/contest/app.ts', 'requirements.txt', 'src/latest/app.ts', 'lib/history.ts', 'config/specs.yml', 'src/license.ts'])(
    'but not %s',
    (path) => {
      expect(isAside(path)).toBe(false);
      expect(isDocumentation(path)).toBe(false);
      expect(isTest(path)).toBe(false);
    },
  );

  it('knows workflows that check from those that may deploy', () => {
    expect(['codeql.yml', 'lint.yml', 'unit-tests.yml', 'docs.yaml'].map((name) => isCheckingWorkflow(`.github/workflows/${name}`))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(
      ['deploy.yml', 'ci.yml', 'release.yml', 'latest.yml', 'deploy-and-test-data.yml'].map((name) => isCheckingWorkflow(`.github/workflows/${name}`)),
    ).toEqual([false, false, false, false, false]);
  });
});

describe('the usual places of what deserves a look', () => {
  it.each([
    [
      'config',
      [
        'config/production.yml',
        'src/main/resources/application-prod.properties',
        'shop/settings.py',
        '.env.production',
        'flags.yml',
        'appsettings.Production.json',
      ],
    ],
    ['locks', ['web/package-lock.json', 'Cargo.lock', 'go.sum', 'requirements-prod.txt', 'bun.lockb']],
    [
      'api',
      [
        'docs/openapi.yaml',
        'proto/shop/v1/order.proto',
        'schema.graphql',
        'config/routes.rb',
        'shop/urls.py',
        'src/routes/orders.ts',
        'app/Http/Controllers/OrderController.php',
        'cmd/main.go',
      ],
    ],
    [
      'infrastructure',
      [
        'Dockerfile',
        'docker/web.Dockerfile',
        'docker-compose.prod.yml',
        'charts/shop/values.yaml',
        'infra/main.tf',
        'k8s/deploy.yml',
        '.github/workflows/deploy.yml',
        'Procfile',
      ],
    ],
  ] as const)('%s', (kind, paths) => {
    const isIn = globMatcher(WATCH_GLOBS[kind]);
    expect(paths.filter((path) => !isIn(path))).toEqual([]);
  });

  it('leave out what only looks like it', () => {
    expect(['config/locales/de.yml', 'src/configure.ts', 'src/environment.ts', 'config/routes.rb'].filter(globMatcher(WATCH_GLOBS.config))).toEqual([]);
    expect(['src/checkout.ts', 'lib/total.rb', 'src/apiary.ts'].filter(globMatcher(WATCH_GLOBS.api))).toEqual([]);
  });
});

describe('what a line declares', () => {
  it.each([
    ['src/app.ts', "  app.get('/orders/:id', show);", 'get /orders/:id'],
    ['src/app.ts', "  // app.get('/orders/:id', show);", undefined],
    ['src/app.ts', "  const body = await axios.get('/orders');", undefined],
    ['src/app.ts', "  cache.get('orders');", undefined],
    ['app.py', '@app.route("/orders")', 'route /orders'],
    ['api.py', '@router.post("/orders", status_code=201)', 'post /orders'],
    ['shop/urls.py', '    path("orders/<int:id>/", views.order),', 'path orders/<int:id>/'],
    ['config/routes.rb', '  resources :orders, only: [:index]', 'resources orders'],
    ['config/routes.rb', "  get '/health', to: 'health#show'", 'get /health'],
    ['main.go', '\tr.HandleFunc("/orders", list)', 'HandleFunc /orders'],
    ['main.go', '\tmux.HandleFunc("GET /orders/{id}", show)', 'HandleFunc GET /orders/{id}'],
    ['OrderController.java', '    @GetMapping("/orders")', 'GetMapping /orders'],
    ['orders.controller.ts', "  @Get('orders')", 'Get orders'],
    ['routes/web.php', "Route::get('orders', [OrderController::class, 'index']);", 'get orders'],
    ['a.proto', '  repeated  string names = 3 [deprecated = true];', 'repeated string names = 3'],
    ['a.proto', '  map<string, int32> counts = 4;', 'map<string, int32> counts = 4'],
    ['a.proto', '  rpc GetOrder(GetOrderRequest) returns (Order);', 'rpc GetOrder'],
    ['a.proto', '  PENDING = 1;', 'PENDING = 1'],
    ['a.proto', '  // string old = 1;', undefined],
    ['a.graphql', '  total(currency: String!): Money!', 'total(currency: String!): Money!'],
    ['a.graphql', 'type Order implements Node {', 'type Order'],
    ['a.graphql', '  # total: Money', undefined],
    ['openapi.yaml', '  /orders/{id}:', '/orders/{id}'],
    ['openapi.yaml', '          totalCents:', 'totalCents'],
    ['openapi.yaml', '      summary: List', undefined],
    ['openapi.json', '    "/orders": {', '/orders'],
    ['openapi.yaml', "        '200':", undefined],
    ['app/api/orders/route.ts', 'export async function DELETE(request: Request) {', 'DELETE'],
  ])('%s: %s', (path, line, expected) => {
    expect(declared(path, [line])).toEqual(expected === undefined ? [] : [expected]);
  });
});
