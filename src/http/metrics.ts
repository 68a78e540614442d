/** `/metrics` in Prometheus' format. Labels are bounded: routes as patterns, never ids. */
import type { Gauge } from 'prom-client';

export interface Metrics {
  observe(seen: { route: string; method: string; status: number; ms: number }): void;
  /** An effect ended: done, later, or failed with a code. */
  performed(kind: string, end: string): void;
  text(
    counts: () => Promise<{ inbox: number; setAside: number; tasks: number; open: number }>,
    dependencies: readonly { name: string; state: string }[],
  ): Promise<{ type: string; text: string }>;
}

/** The library is loaded by the first request: it would delay the moment we listen. */
export function createMetrics(): Metrics {
  let made: ReturnType<typeof register> | undefined;
  const registered = (): ReturnType<typeof register> => {
    made ??= register();
    return made;
  };
  let defaults = false;
  return {
    observe: ({ route, method, status, ms }) =>
      void registered().then(({ requests }) => requests.observe({ route, method, status: String(status) }, ms / 1000)),
    performed: (kind, end) => void registered().then(({ effects }) => effects.inc({ kind, end })),
    async text(counts, dependencies) {
      const { registry, stored, up, collectDefaultMetrics } = await registered();
      // Not at start-up: the first scrape can wait for the event-loop histogram.
      if (!defaults) collectDefaultMetrics({ register: registry, prefix: 'tagback_' });
      defaults = true;
      const now = await counts();
      for (const name of ['open', 'inbox', 'setAside', 'tasks'] as const) stored[name].set(now[name]);
      for (const { name, state } of dependencies) up.set({ dependency: name }, state === 'ok' ? 1 : 0);
      return { type: registry.contentType, text: await registry.metrics() };
    },
  };
}

async function register() {
  const { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } = await import('prom-client');
  const registry = new Registry();
  const requests = new Histogram({
    name: 'tagback_http_request_seconds',
    help: 'HTTP requests answered',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 3],
    registers: [registry],
  });
  const effects = new Counter({
    name: 'tagback_effects_total',
    help: 'Attempts at effects by how they ended',
    labelNames: ['kind', 'end'],
    registers: [registry],
  });
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge => new Gauge({ name, help, labelNames, registers: [registry] });
  const stored = {
    open: gauge('tagback_incidents_open', 'Incidents that are not resolved'),
    inbox: gauge('tagback_inbox_deliveries', 'Deliveries stored and not yet read'),
    setAside: gauge('tagback_deliveries_set_aside', 'Deliveries that could not be read and are kept'),
    tasks: gauge('tagback_tasks', 'Effects waiting or being performed'),
  };
  const up = gauge('tagback_dependency_up', '1 when the last look at a dependency was good', ['dependency']);
  return { registry, requests, effects, stored, up, collectDefaultMetrics };
}
