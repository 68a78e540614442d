/** What a changed file is, by its path: where frameworks keep schema changes, configuration, locks, public API and infrastructure. */
import type { WatchGlobs } from './service.ts';

/** Where frameworks keep changes of stored data: a release that touched one of these cannot be rolled back blindly. */
export const MIGRATION_GLOBS: readonly string[] = [
  // Rails, Django, Laravel, Prisma, Knex, TypeORM, Sequelize, golang-migrate, goose, dbmate, Drizzle, Entity Framework
  '**/migrate/**',
  '**/migrations/**',
  '**/Migrations/**',
  '**/*_migrations/**',
  '**/db/schema.rb',
  '**/*.prisma',
  '**/drizzle/**/*.sql',
  // Alembic, Flyway, Liquibase
  '**/alembic/versions/**',
  '**/db/migration/**',
  '**/flyway/**',
  '**/V*__*.sql',
  '**/R__*.sql',
  '**/liquibase/**',
  '**/db/changelog/**',
  '**/db.changelog*',
  // Folders of plain SQL
  '**/structure.sql',
  '**/schema.sql',
  '**/db/**/*.sql',
  '**/database/**/*.sql',
  '**/ddl/**/*.sql',
  '**/schema/**/*.sql',
  '**/sql/**/*.sql',
  // Stored state without a database framework
  '**/*.migration.*',
  '**/*_migration.*',
  '**/*-migration.*',
  '**/*schema_version*',
];

/** Whose change deserves a look before the old version meets it. `!` takes away; see `core/glob.ts`. */
export const WATCH_GLOBS: WatchGlobs = {
  config: [
    '**/config/**',
    '!**/config/locales/**',
    '!**/config/routes*',
    '!**/config/routes/**',
    '**/conf/**',
    '**/.env*',
    '**/application*.{yml,yaml,properties}',
    '**/appsettings*.json',
    '**/settings.{py,yml,yaml,json,toml}',
    '**/settings/**',
    '**/{config,configuration}.{yml,yaml,json,toml,ini,js,ts,py,rb,go}',
    '**/*.conf',
    '**/{flags,feature-flags,feature_flags,features,flipper}.{yml,yaml,json,toml}',
    '**/{flags,feature-flags,feature_flags}/**',
  ],
  locks: [
    '{package-lock,npm-shrinkwrap}.json',
    'pnpm-lock.yaml',
    'yarn.lock',
    'bun.{lock,lockb}',
    '{poetry,uv,pdm,Pipfile,Cargo,Gemfile,composer,mix,Podfile,pubspec,flake}.lock',
    'requirements*.txt',
    'go.{sum,mod}',
    'gradle.lockfile',
    'packages.lock.json',
    'Package.resolved',
  ],
  api: [
    '**/*{openapi,swagger}*.{yml,yaml,json}',
    '**/openapi/**',
    '**/swagger/**',
    '*.{proto,graphql,graphqls,gql,wsdl,raml}',
    '**/{routes,router,urls}.*',
    '**/routes/**',
    '**/routers/**',
    '**/controllers/**',
    '**/handlers/**',
    '**/*{controller,Controller,_routes,Routes}.*',
    '**/api/**',
    '**/app/**/route.{ts,js}',
    '**/{server,app,main}.{ts,js,mjs,py,go,rb}',
  ],
  infrastructure: [
    'Dockerfile*',
    '*.Dockerfile',
    '{docker-compose,compose}*.{yml,yaml}',
    'Chart.yaml',
    'values*.yaml',
    '**/{helm,chart,charts,k8s,kubernetes,manifests,kustomize,terraform,ansible,pulumi,deploy}/**',
    'kustomization.{yml,yaml}',
    '*.{tf,tfvars,hcl}',
    '**/.github/workflows/**',
    'Procfile',
    '{fly,app,netlify,render,vercel}.toml',
    'serverless.{yml,yaml}',
    'nginx*.conf',
    '*.service',
  ],
};

const TEST_FOLDER = /(?:^|\/)(?:__tests__|__mocks__|tests?|testdata|e2e|cypress|fixtures)\/|^spec\//;
const TEST_FILE = /(?:[._-](?:spec|test)\.[a-z]+|_(?:spec|test)\.(?:rb|go|py|exs))$|(?:^|\/)test_[^/]*\.py$|(?:^|\/)conftest\.py$|Tests?\.(?:java|kt|cs|php)$/;
/** Never part of what runs in production. */
export const isTest = (path: string): boolean => TEST_FOLDER.test(path) || TEST_FILE.test(path);

const PROSE = /\.(?:md|mdx|markdown|rst|adoc|asciidoc)$/i;
const PROSE_FOLDER = /(?:^|\/)(?:docs?|documentation)\/|(?:^|\/)\.github\/(?:ISSUE_TEMPLATE|DISCUSSION_TEMPLATE)\//;
const PROSE_NAME = /(?:^|\/)(?:README|CHANGELOG|CHANGES|HISTORY|LICENSE|LICENCE|COPYING|NOTICE|AUTHORS|CONTRIBUTORS|CODEOWNERS|MAINTAINERS|mkdocs\.yml)[^/]*$/i;
/** Words and pictures for people. A migration in a folder called docs is no less a migration: ask `isMigrationFile` of such a one first. */
export const isDocumentation = (path: string): boolean => PROSE.test(path) || PROSE_FOLDER.test(path) || (PROSE_NAME.test(path) && !isCode(path));

const isCode = (path: string): boolean => /\.(?:[cm]?[jt]sx?|py|rb|go|java|kt|cs|php|rs|ex|exs|sql|swift|scala)$/.test(path);

/** Only shown or tried out, never deployed: documentation, tests, examples, settings of editors and linters. */
export const isAside = (path: string): boolean => isDocumentation(path) || isTest(path) || /(?:^|\/)examples?\//.test(path) || TOOLING.test(path);

const TOOLING =
  /(?:^|\/)(?:\.(?:editorconfig|gitignore|gitattributes|prettier|eslint|vscode|idea|husky|devcontainer)|\.github\/(?:dependabot|release|labeler)\.yml)/;
const CHECKING = /^(?:codeql|lints?|stale|labell?er|labels?|docs|tests?|coverage|triage|greetings|spelling|typos|dependabot)$/;
const DEPLOYING = /^(?:deploy\w*|release|publish|cd|prod|production|rollback)$/;
/** Workflows that only check, sort or publish words; what they are called tells. */
export function isCheckingWorkflow(path: string): boolean {
  const name = /(?:^|\/)\.github\/workflows\/([^/]+)\.ya?ml$/.exec(path)?.[1] ?? '';
  const words = name.toLowerCase().split(/[^a-z]+/);
  return words.some((word) => CHECKING.test(word)) && !words.some((word) => DEPLOYING.test(word));
}

export type MigrationKind =
  /** Has its own number: runs once, and a later edit of it does not run. */
  | 'versioned'
  /** Runs again when it changes, or nothing says that it does not: repeatable SQL, changelogs, declared schemas. */
  | 'declared'
  /** The whole schema as it should be: applied as it is, or written beside migrations. */
  | 'schema'
  /** Written by the tools beside the real thing: a dump, a lock, a snapshot. */
  | 'shadow'
  /** Lies in such a folder and changes no data on the way up. */
  | 'none';

const SHADOW =
  /(?:^|\/)(?:schema\.rb|structure\.sql|migration_lock\.toml|atlas\.sum|max_migration\.txt|_journal\.json|\d+_snapshot\.json|[^/]*ModelSnapshot\.cs|[^/]*\.Designer\.cs)$/;
const WAY_BACK = /\.down\.[a-z]+$|(?:^|\/)U\d[\w.]*__[^/]*\.sql$|(?:^|\/)(?:down|rollback|revert|undo)\.sql$/;
const CHANGELOG = /(?:^|\/)(?:liquibase|changelog)\/|(?:^|\/)[^/]*changelog[^/]*\.(?:xml|ya?ml|json|sql)$/;
const NOT_RUN = /(?:^|\/)(?:__init__\.py|env\.py|script\.py\.mako|\.gitkeep|\.keep|alembic\.ini)$|(?:^|\/)(?:queries|query)\/|\.(?:test|spec)\.[a-z]+$/;
// Flyway; Alembic's hash; numbers and times; Doctrine.
const NUMBERED = /^(?:V\d[\w.]*?__|[0-9a-f]{8,40}_|\d{3,}|\d+[_.-]|Version\d{8,})/;

/** Of a path that a migration glob of the service matches. */
export function migrationKind(path: string): MigrationKind {
  if (PROSE.test(path) || isTest(path) || WAY_BACK.test(path) || NOT_RUN.test(path)) return 'none';
  if (SHADOW.test(path)) return 'shadow';
  if (/\.prisma$|(?:^|\/)schema\.sql$/.test(path)) return 'schema';
  if (CHANGELOG.test(path)) return 'declared';
  return versionOf(path) === undefined ? 'declared' : 'versioned';
}

/** `0007`, `V2_1`, `20261120101500`, or the folder's number where every migration is a folder with one file of the same name. */
export function versionOf(path: string): string | undefined {
  const parts = path.split('/');
  const name = parts.at(-1) ?? '';
  const named = /^(?:migration|up)\.(?:sql|ts|js)$/.test(name) ? (parts.at(-2) ?? '') : name;
  const numbered = NUMBERED.exec(named)?.[0];
  if (numbered === undefined) return undefined;
  // Laravel begins with a date and a time of day; many folders of plain SQL with a date.
  const dated = /^\d{4}_\d{2}_\d{2}_\d{6}|^\d{4}-\d{2}-\d{2}/.exec(named)?.[0];
  return dated ?? numbered.replace(/[_.-]+$/, '');
}
