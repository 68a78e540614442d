/** services.yml → Catalog. Everything that is wrong is said at once, each with file, line and column. */
import type { z } from 'zod';
import type { Json } from '../core/model.ts';
import type { Catalog, ErrorRate, Service, UrlProbe } from '../core/service.ts';
import { didYouMean } from '../lib/closest.ts';
import { parseDuration } from '../lib/duration.ts';
import type { LogBackend } from '../logs/backend.ts';
import type { RollbackStrategy } from '../rollbacks/strategy.ts';
import { describe, problem, problemsOf } from './issues.ts';
import { policyProblem } from './policy.ts';
import type { Problem } from './problem.ts';
import { reread } from './reread.ts';
import { ANY_PLUGS, type CatalogFile, catalogShape, type errorRate, readFraction, readProbe, type ServiceEntry, type urlProbe } from './services-shape.ts';
import { inOrder, readYaml, YAML_LIMITS } from './yaml.ts';
import type { Path, YamlSource } from './yaml-values.ts';

/** What services.yml may refer to. */
export interface Known {
  /** Names of the playbooks that loaded. */
  readonly playbooks: readonly string[];
  readonly strategies: readonly RollbackStrategy[];
  readonly logBackends: readonly LogBackend[];
  /** Schema of `generic:`; without it any mapping passes here. */
  readonly generic?: z.ZodType;
}
export type CatalogOutcome = { readonly ok: true; readonly catalog: Catalog } | { readonly ok: false; readonly problems: readonly Problem[] };

// A company has some hundred services in one file; a playbook has a dozen steps.
const LIMITS = { ...YAML_LIMITS, maxTokens: 60_000, maxValues: 60_000, maxAliases: 1_000 };
const SCHEMA = catalogShape(ANY_PLUGS);

/** Never throws for anything in the text. */
export function loadCatalog(text: string | Uint8Array, file: string, known: Known): CatalogOutcome {
  const read = readYaml(text, file, LIMITS);
  if (!read.ok) return read;
  const { source } = read;
  const parsed = SCHEMA.safeParse(source.value);
  const problems = [...(parsed.success ? [] : problemsOf(parsed.error.issues, { source, base: [], schema: SCHEMA })), ...policyProblems(source)];
  if (!parsed.success) return { ok: false, problems: inOrder(problems) };
  const found = Object.entries(parsed.data.services).map(([name, entry]) => readService({ source, known, file: parsed.data }, name, entry));
  const generic = readGeneric(source, parsed.data.generic, known);
  const all = [
    ...problems,
    ...playbookProblems({ source, path: ['playbook'] }, parsed.data.playbook, known),
    ...sameMatch(source, parsed.data),
    ...generic.problems,
    ...found.flatMap(({ problems: ofService }) => ofService),
  ];
  if (all.length > 0) return { ok: false, problems: inOrder(all) };
  const { announce, channel_prefix: channelPrefix, playbook: defaultPlaybook } = parsed.data;
  return { ok: true, catalog: { services: found.map(({ service }) => service), announce, channelPrefix, defaultPlaybook, generic: generic.value } };
}

interface Reading {
  readonly source: YamlSource;
  readonly known: Known;
  readonly file: CatalogFile;
}

function readService({ source, known }: Reading, name: string, entry: ServiceEntry): { service: Service; problems: readonly Problem[] } {
  const path = ['services', name];
  const strategies = readPlugs({ source, path: [...path, 'rollback', 'strategies'] }, entry.rollback.strategies, known.strategies);
  const logs = readPlugs({ source, path: [...path, 'logs'] }, entry.logs, known.logBackends);
  const { approve, tag_prefix: tagPrefix, migrations } = entry.rollback;
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
    logs: logs.plugs,
    rollback: {
      strategies: strategies.plugs,
      approve: {
        require: approve.require,
        from: approve.from ?? [],
        ask: [],
        requesterMay: approve.requester,
        expiresMs: ms(approve.expires),
        breakGlass: [],
        quiet: [],
      },
      tagPrefix,
      migrations,
      migrationsRun: undefined,
      watch: { config: [], locks: [], api: [], infrastructure: [] },
      artifacts: [],
      automatic: undefined,
    },
    resolveAfterMs: ms(entry.resolve_after),
  };
  const problems = [...playbookProblems({ source, path: [...path, 'playbook'] }, entry.playbook, known), ...strategies.problems, ...logs.problems];
  if (strategies.plugs.length > 0 && entry.repository === undefined)
    problems.push(
      problem({ source, path: [...path, 'rollback', 'strategies'] }, 'E_PLAYBOOK_KEY', `service '${name}' can be rolled back only with a 'repository:'`),
    );
  return { service, problems };
}

function readHealth(entry: ServiceEntry['health']): Service['health'] {
  const { error_rate: rate, url, urls, version } = entry;
  return {
    errorRate: rate && toErrorRate(rate),
    urls: [...(url === undefined ? [] : [url]), ...urls].map(toProbe),
    version: typeof version === 'string' ? { urls: [version], field: undefined, times: 1 } : version && { urls: [version.url], field: version.field, times: 1 },
  };
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

interface Plug {
  readonly use: string;
  readonly about: string;
  readonly options: z.ZodType;
}
interface At {
  readonly source: YamlSource;
  readonly path: Path;
}

function readPlugs(
  at: At,
  entries: readonly unknown[],
  plugs: readonly Plug[],
): { plugs: readonly { use: string; options: Json }[]; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const read = (entries as readonly ({ use: string } & Record<string, Json>)[]).flatMap((entry, index) => {
    // parsed with ANY_PLUGS
    const { use, ...written } = entry;
    const path = [...at.path, index];
    const plug = plugs.find((one) => one.use === use);
    if (!plug) {
      const hint = plugs.map((one) => `${one.use}: ${one.about}`).join('; ') || 'none is built in';
      problems.push(
        problem({ ...at, path: [...path, 'use'] }, 'E_PLAYBOOK_STEP', [
          `there is no ${describe(use)} here.${didYouMean(
            use,
            plugs.map((one) => one.use),
          )}`,
          hint,
        ]),
      );
      return [];
    }
    const { issues, value } = reread(plug.options, written);
    problems.push(...problemsOf(issues, { source: at.source, base: path, schema: plug.options }));
    return [{ use, options: value }];
  });
  return { plugs: read, problems };
}

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

/** Looked for in what is written, because defaults hide whether `from:` was there. */
function policyProblems(source: YamlSource): readonly Problem[] {
  const services = field(source.value, 'services');
  return Object.keys(typeof services === 'object' && services !== null ? services : {}).flatMap((name) => {
    const message = policyProblem(field(field(field(services, name), 'rollback'), 'approve'));
    return message === undefined ? [] : [problem({ source, path: ['services', name, 'rollback', 'approve'] }, 'E_PLAYBOOK_POLICY', message)];
  });
}
const field = (value: Json | undefined, name: string): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, Json>>)[name]
    : undefined; // no list: a mapping

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
