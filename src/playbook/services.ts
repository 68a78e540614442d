/** services.yml → Catalog. Everything that is wrong is said at once, each with file, line and column. */
import type { z } from 'zod';
import type { Json } from '../core/model.ts';
import type { Playbook } from '../core/playbook.ts';
import type { Catalog, ErrorRate, Service, UrlProbe, VersionAsk } from '../core/service.ts';
import { didYouMean } from '../lib/closest.ts';
import { parseDuration } from '../lib/duration.ts';
import type { LogBackend } from '../logs/backend.ts';
import type { RollbackStrategy } from '../rollbacks/strategy.ts';
import { type At, problem, problemsOf } from './issues.ts';
import type { Problem } from './problem.ts';
import { reread } from './reread.ts';
import { readApis } from './services-apis.ts';
import { readEvidence } from './services-evidence.ts';
import { maintenanceProblems, readJoining, readNoise } from './services-noise.ts';
import { operatorProblems, readOperator } from './services-operators.ts';
import { type Plug, readPlug, readPlugs } from './services-plugs.ts';
import { approvalProblems, automaticProblems, ignoredApprovers } from './services-policy.ts';
import { readRules } from './services-rollback.ts';
import { ANY_PLUGS, type CatalogFile, catalogShape, type errorRate, readFraction, readProbe, type ServiceEntry, type urlProbe } from './services-shape.ts';
import { readWatched, watchProblems } from './services-watch.ts';
import { inOrder, readYaml, YAML_LIMITS } from './yaml.ts';
import type { YamlSource } from './yaml-values.ts';

/** What services.yml may refer to. */
export interface Known {
  /** Names of the playbooks that loaded. */
  readonly playbooks: readonly string[];
  readonly strategies: readonly RollbackStrategy[];
  readonly logBackends: readonly LogBackend[];
  /** What `migrations_run:` may use; without it any name and any options pass here. */
  readonly migrationReaders?: readonly Plug[];
  /** Schema of `generic:`; without it any mapping passes here. */
  readonly generic?: z.ZodType;
  /** The playbooks themselves, as far as they loaded: what they ask for is compared with what services.yml allows. */
  readonly loaded?: readonly Playbook[];
}
/** `warnings`: the file can be used, and says something it cannot mean. */
export type CatalogOutcome =
  | { readonly ok: true; readonly catalog: Catalog; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

// A company has some hundred services in one file; a playbook has a dozen steps.
const LIMITS = { ...YAML_LIMITS, maxTokens: 60_000, maxValues: 60_000, maxAliases: 1_000 };
const SCHEMA = catalogShape(ANY_PLUGS);

/** Never throws for anything in the text. */
export function loadCatalog(text: string | Uint8Array, file: string, known: Known): CatalogOutcome {
  const read = readYaml(text, file, LIMITS);
  if (!read.ok) return read;
  const { source } = read;
  const parsed = SCHEMA.safeParse(source.value);
  const problems = [...(parsed.success ? [] : problemsOf(parsed.error.issues, { source, base: [], schema: SCHEMA })), ...approvalProblems(source)];
  if (!parsed.success) return { ok: false, problems: inOrder(problems) };
  const found = Object.entries(parsed.data.services).map(([name, entry]) => readService({ source, known, file: parsed.data }, name, entry));
  const generic = readGeneric(source, parsed.data.generic, known);
  const all = [
    ...problems,
    ...playbookProblems({ source, path: ['playbook'] }, parsed.data.playbook, known),
    ...sameMatch(source, parsed.data),
    ...operatorProblems(source, parsed.data.operators),
    ...maintenanceProblems(source, parsed.data),
    ...watchProblems(source, parsed.data),
    ...generic.problems,
    ...found.flatMap(({ problems: ofService }) => ofService),
  ];
  if (all.length > 0) return { ok: false, problems: inOrder(all) };
  const { announce, channel_prefix: channelPrefix, playbook: defaultPlaybook } = parsed.data;
  const operators = parsed.data.operators.map(readOperator);
  const noise = readNoise(parsed.data);
  const watched = readWatched(parsed.data);
  const services = found.map(({ service }) => service);
  const catalog = { services, operators, announce, channelPrefix, defaultPlaybook, generic: generic.value, noise, watched };
  return { ok: true, catalog, warnings: inOrder(ignoredApprovers(source, catalog, known.loaded ?? [])) };
}

interface Reading {
  readonly source: YamlSource;
  readonly known: Known;
  readonly file: CatalogFile;
}

function readService({ source, known }: Reading, name: string, entry: ServiceEntry): { service: Service; problems: readonly Problem[] } {
  const path = ['services', name];
  const strategies = readPlugs({ source, path: [...path, 'rollback', 'strategies'] }, entry.rollback.strategies, {
    called: 'strategy',
    plugs: known.strategies,
  });
  const logs = readPlugs({ source, path: [...path, 'logs'] }, entry.logs, { called: 'log backend', plugs: known.logBackends });
  const migrations = readMigrationReader({ source, path: [...path, 'rollback', 'migrations_run'] }, entry.rollback.migrations_run, known);
  const service: Service = {
    name,
    repo: entry.repository,
    environment: entry.environment,
    playbook: entry.playbook,
    severity: entry.severity,
    call: entry.call,
    match: entry.alerts.match,
    links: Object.entries(entry.links).map(([title, url]) => ({ title, url })),
    health: readHealth(entry.health),
    ...(entry.evidence && { evidence: readEvidence(entry.evidence) }),
    logs: logs.plugs,
    rollback: { ...readRules(entry.rollback), strategies: strategies.plugs, migrationsRun: migrations.plug },
    resolveAfterMs: ms(entry.resolve_after),
    joining: readJoining(entry),
  };
  const problems = [
    ...playbookProblems({ source, path: [...path, 'playbook'] }, entry.playbook, known),
    ...strategies.problems,
    ...logs.problems,
    ...migrations.problems,
    ...automaticProblems({ source, path: [...path, 'rollback', 'automatic'] }, service, entry.rollback.strategies.length),
  ];
  if (strategies.plugs.length > 0 && entry.repository === undefined)
    problems.push(
      problem({ source, path: [...path, 'rollback', 'strategies'] }, 'E_PLAYBOOK_KEY', `service '${name}' can be rolled back only with a 'repository:'`),
    );
  return { service, problems };
}

/** Where nobody said what there is, `use` and options pass as they are; who reads with them says what is wrong. */
function readMigrationReader(at: At, entry: unknown, { migrationReaders }: Known): ReturnType<typeof readPlug> {
  if (entry === undefined) return { plug: undefined, problems: [] };
  if (migrationReaders) return readPlug(at, entry, { called: 'reader of migrations', plugs: migrationReaders });
  const { use, ...options } = entry as { use: string } & Record<string, Json>; // parsed with ANY_PLUGS
  return { plug: { use, options }, problems: [] };
}

function readHealth(entry: ServiceEntry['health']): Service['health'] {
  const { error_rate: rate, url, urls, version, apis } = entry;
  return {
    errorRate: rate && toErrorRate(rate),
    urls: [...(url === undefined ? [] : [url]), ...urls].map(toProbe),
    version: readVersionAsk(version),
    ...(apis.length > 0 && { apis: readApis(apis) }),
  };
}

function readVersionAsk(version: ServiceEntry['health']['version']): VersionAsk | undefined {
  if (typeof version === 'string') return { urls: [version], field: undefined, times: 1 };
  return version && { urls: version.urls ?? [version.url ?? ''], field: version.field, times: version.times }; // one of the two is there
}

function toErrorRate(rate: z.output<typeof errorRate>): ErrorRate {
  return {
    url: rate.url,
    query: rate.query,
    traffic: rate.traffic,
    threshold: readFraction(rate.threshold),
    forMs: ms(rate.for),
    pollMs: ms(rate.poll),
    windowMs: ms(rate.window),
    quietMs: ms(rate.quiet),
    patienceMs: ms(rate.patience),
    stepMs: ms(rate.step),
  };
}

function toProbe(entry: z.output<typeof urlProbe>): UrlProbe {
  const { url, status, max_ms: maxMs, contains, poll, for: lasting } = readProbe(entry);
  return { url, expectStatus: status, maxMs, contains, pollMs: ms(poll), forMs: ms(lasting) };
}

/** `off` is 0; everything else has been checked. */
const ms = (text: string): number => parseDuration(text) ?? 0;

function readGeneric(source: YamlSource, written: Record<string, Json>, { generic }: Known): { value: Json; problems: readonly Problem[] } {
  if (!generic) return { value: written, problems: [] };
  const { issues, value } = reread(generic, written);
  return { value, problems: problemsOf(issues, { source, base: ['generic'], schema: generic }) };
}

function playbookProblems(at: At, name: string | undefined, { playbooks }: Known): readonly Problem[] {
  if (name === undefined || playbooks.includes(name)) return [];
  return [
    problem(at, 'E_PLAYBOOK_REF', [
      `there is no playbook '${name.slice(0, 60)}'.${didYouMean(name, playbooks)}`,
      `playbooks here: ${playbooks.join(', ') || 'none'}`,
    ]),
  ];
}

/** The same labels for two services: the second would never get an alert. */
function sameMatch(source: YamlSource, { services }: CatalogFile): readonly Problem[] {
  const seen = new Map<string, string>();
  return Object.entries(services).flatMap(([name, { alerts }]) =>
    alerts.match.flatMap((set, index) => {
      const key = JSON.stringify(Object.entries(set).sort());
      const owner = seen.get(key);
      if (owner === undefined) seen.set(key, name);
      if (owner === undefined || owner === name) return [];
      return [
        problem(
          { source, path: ['services', name, 'alerts', 'match', index] },
          'E_PLAYBOOK_ID',
          `these labels belong to the service '${owner}' already; '${name}' would never get an alert`,
        ),
      ];
    }),
  );
}
