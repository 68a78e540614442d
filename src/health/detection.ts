/** Asks Prometheus, and the Alertmanagers it sends to, how fast they look. Reads only. */
import { z } from 'zod';
import { Failure } from '../lib/failure.ts';
import { fetchConfigured } from './fetch.ts';

const TIMEOUT_MS = 5_000;
const ANSWER_MAX_BYTES = 8 * 1024 * 1024;

const rule = z.object({
  type: z.string(),
  name: z.string(),
  query: z.string(),
  /** Seconds. */
  duration: z.number().default(0),
  labels: z.record(z.string(), z.string()).default({}),
});
const rulesAnswer = z.object({ data: z.object({ groups: z.array(z.object({ interval: z.number(), rules: z.array(rule) })) }) });
const targetsAnswer = z.object({ data: z.object({ activeTargets: z.array(z.object({ scrapeInterval: z.string().optional() })) }) });
const alertmanagersAnswer = z.object({ data: z.object({ activeAlertmanagers: z.array(z.object({ url: z.string() })) }) });
const statusAnswer = z.object({ config: z.object({ original: z.string() }) });

export interface MonitoringRule {
  readonly kind: 'alert' | 'record';
  readonly name: string;
  readonly expression: string;
  readonly forMs: number;
  readonly evaluationMs: number;
  readonly labels: Readonly<Record<string, string>>;
}
export interface Monitoring {
  readonly rules: readonly MonitoringRule[];
  /** Of every target, as Prometheus writes it. */
  readonly scrapes: readonly string[];
  /** Configuration of each Alertmanager that answers, as YAML. */
  readonly routing: readonly string[];
}

/** Throws E_METRICS or E_TIMEOUT when Prometheus does not answer; an Alertmanager that does not is left out. */
export async function readMonitoring(prometheus: string, signal: AbortSignal): Promise<Monitoring> {
  const base = `${prometheus.replace(/\/+$/, '')}/api/v1`;
  const [{ data: found }, { data: targets }, { data: managers }] = await Promise.all([
    ask(`${base}/rules`, rulesAnswer, signal),
    ask(`${base}/targets?state=active`, targetsAnswer, signal),
    ask(`${base}/alertmanagers`, alertmanagersAnswer, signal),
  ]);
  const routing = await Promise.all(
    managers.activeAlertmanagers.slice(0, 5).map(({ url }) =>
      ask(url.replace(/\/api\/v[12]\/alerts$/, '/api/v2/status'), statusAnswer, signal).then(
        ({ config }) => [config.original],
        () => [],
      ),
    ),
  );
  const rules = found.groups.flatMap(({ interval, rules: ofGroup }) =>
    ofGroup.map(({ type, name, query, duration, labels }): MonitoringRule => {
      const kind = type === 'alerting' ? 'alert' : 'record';
      return { kind, name, expression: query, forMs: duration * 1_000, evaluationMs: interval * 1_000, labels };
    }),
  );
  return { rules, scrapes: targets.activeTargets.flatMap(({ scrapeInterval }) => scrapeInterval ?? []), routing: routing.flat() };
}

async function ask<S extends z.ZodType>(url: string, shape: S, signal: AbortSignal): Promise<z.output<S>> {
  const { status, body } = await fetchConfigured({ url, timeoutMs: TIMEOUT_MS, maxBytes: ANSWER_MAX_BYTES }, signal);
  const read = shape.safeParse(parse(body));
  if (status === 200 && read.success) return read.data;
  throw new Failure('E_METRICS', `${new URL(url).host} answered ${status} and not in the form of Prometheus' API`, {
    hint: 'check that the address is the API itself and not a login page; Mimir and Thanos keep rules elsewhere',
  });
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
