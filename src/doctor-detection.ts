/** What the settings of Prometheus and Alertmanager cost in seconds, for `tagback doctor`. */
import { type DetectionSettings, detectionCost, promDuration, RECOMMENDED, spelledOut, windowOf } from './core/detection.ts';
import type { Catalog, Service } from './core/service.ts';
import { type Monitoring, type MonitoringRule, readMonitoring } from './health/detection.ts';
import { Failure } from './lib/failure.ts';
import { readYaml } from './playbook/yaml.ts';

export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly text: string;
}

const DEADLINE_MS = 9_000;
const RULES_SHOWN = 5;
/** Prometheus' and Alertmanager's own defaults. */
const SCRAPE_MS = 60_000;
const GROUP_WAIT_MS = 30_000;

/** One finding per Prometheus that services.yml names; none: nothing is known about how fast alerts come. */
export async function detectionFindings({ services }: Pick<Catalog, 'services'>): Promise<readonly Finding[]> {
  const urls = new Set(services.flatMap(({ health }) => health.errorRate?.url ?? []));
  const found = await Promise.all(
    [...urls].map(async (url): Promise<readonly Finding[]> => {
      const ours = services.filter(({ health }) => health.errorRate?.url === url);
      try {
        return describeDetection(await readMonitoring(url, AbortSignal.timeout(DEADLINE_MS)), ours);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return [{ name: 'detection', ok: false, text: `${error.message}${error.hint === undefined ? '' : `; ${error.hint}`}` }];
      }
    }),
  );
  return found.flat();
}

/** Pure: the slowest rules first, those of our services before all others; then what Tagback polls itself. */
export function describeDetection(monitoring: Monitoring, services: readonly Service[]): readonly Finding[] {
  const recorded = new Map(monitoring.rules.filter(({ kind }) => kind === 'record').map(({ name, expression }) => [name, expression]));
  const scrapeMs = usual(monitoring.scrapes.flatMap((text) => promDuration(text) ?? [])) ?? SCRAPE_MS;
  const { groupWaitMs, note } = groupWait(monitoring.routing);
  const alerts = monitoring.rules.filter(({ kind }) => kind === 'alert').map((rule) => ({ ...rule, code: spelledOut(rule.expression, recorded) }));
  const mine = alerts.filter((rule) => services.some((service) => concerns(rule, service)));
  const costs = (mine.length > 0 ? mine : alerts)
    .map(({ name, code, forMs, evaluationMs }) => ({
      name,
      is: { scrapeMs, evaluationMs, windowMs: windowOf(code), forMs, groupWaitMs },
    }))
    .sort((one, other) => detectionCost(other.is).wholeMs - detectionCost(one.is).wholeMs);
  const shown = costs.slice(0, RULES_SHOWN).map(({ name, is }): Finding => ({ name: 'detection', ok: true, text: `${name}: ${sentence(is, note)}` }));
  return [...shown, ...services.flatMap((service) => polled(service, scrapeMs, recorded))];
}

function sentence(is: DetectionSettings, note: string): string {
  const { lookMs, fillMs, waitMs, groupMs, wholeMs } = detectionCost(is);
  const parts = [
    `scrape ${s(is.scrapeMs)} and evaluation ${s(is.evaluationMs)}: ${s(lookMs)}`,
    `rate over ${s(is.windowMs)}: ${s(fillMs)}`,
    `for: ${s(waitMs)}`,
    `group_wait: ${s(groupMs)}${note}`,
  ];
  const best = detectionCost(RECOMMENDED).wholeMs;
  const advice = wholeMs <= best ? 'nothing to gain' : `with the settings of docs/detection.md it is ${s(best)}`;
  return `an error is told after about ${s(wholeMs)} (${parts.join('; ')}); ${advice}`;
}

function polled({ name, health: { errorRate } }: Service, scrapeMs: number, recorded: ReadonlyMap<string, string>): readonly Finding[] {
  if (!errorRate || errorRate.pollMs === 0) return [];
  const { query, forMs, pollMs } = errorRate;
  const { wholeMs } = detectionCost({ scrapeMs, evaluationMs: pollMs, windowMs: windowOf(spelledOut(query, recorded)), forMs, groupWaitMs: 0 });
  return [{ name: 'detection', ok: true, text: `${name}, polled every ${s(pollMs)}: an error is told after about ${s(wholeMs)}` }];
}

/** It names the service, or is reckoned for each service. */
function concerns({ expression, labels, code }: MonitoringRule & { readonly code: string }, { name, match }: Service): boolean {
  const words = (text: string): readonly string[] => text.split(/[^\w.-]+/);
  const fits = match.some((set) => Object.entries(set).some(([label, value]) => value !== '*' && labels[label] === value));
  const keys = new Set(['service', ...match.flatMap((set) => Object.keys(set))]);
  const each = [...code.matchAll(/\bby\s*\(([^)]*)\)/g)].some(([, list = '']) => words(list).some((label) => keys.has(label)));
  return fits || each || labels.service === name || words(expression).includes(name);
}

/** The commonest; of two equally common the longer. */
function usual(values: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([one, often], [other, more]) => more - often || other - one)[0]?.[0];
}

/** Alertmanager hides the addresses of receivers, so ours is found by its name. Of several routes the slowest counts. */
function groupWait(routing: readonly string[]): { readonly groupWaitMs: number; readonly note: string } {
  const roots = routing.map((text) => {
    const read = readYaml(text, 'alertmanager.yml');
    return read.ok ? record(record(read.source.value).route) : {};
  });
  if (roots.length === 0) return { groupWaitMs: GROUP_WAIT_MS, note: ' (the default: no Alertmanager answered)' };
  const all = roots.flatMap((root) => waits(root, GROUP_WAIT_MS, 0));
  const ours = all.filter(({ receiver }) => /tagback/i.test(receiver));
  const note = ours.length > 0 ? '' : ' (no receiver is called tagback: the slowest route)';
  return { groupWaitMs: Math.max(...(ours.length > 0 ? ours : all).map(({ ms }) => ms)), note };
}

interface Wait {
  readonly receiver: string;
  readonly ms: number;
}
function waits(route: Readonly<Record<string, unknown>>, inherited: number, depth: number, from = ''): readonly Wait[] {
  const ms = (typeof route.group_wait === 'string' ? promDuration(route.group_wait) : undefined) ?? inherited;
  const receiver = typeof route.receiver === 'string' ? route.receiver : from;
  const inner = Array.isArray(route.routes) && depth < 20 ? route.routes : [];
  return [{ receiver, ms }, ...inner.flatMap((one) => waits(record(one), ms, depth + 1, receiver))];
}

// A non-null object that is no list is a record of unknowns; the compiler only narrows to `object`.
const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
const s = (ms: number): string => `${Math.round(ms / 1_000)} s`;
