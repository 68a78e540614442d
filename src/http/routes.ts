/** Every route of the program, as a table. The rooms behind them are handed in. */
import { type HttpAnswer, json } from './answer.ts';
import type { Guard } from './guard.ts';
import type { Route } from './router.ts';
import type { HttpRequest } from './server.ts';

export interface Readiness {
  readonly ready: boolean;
  readonly dependencies: readonly {
    readonly name: string;
    readonly state: 'ok' | 'degraded' | 'down' | 'unknown';
    /** What is wrong, in words; undefined when nothing is. */
    readonly cause: string | undefined;
    /** Milliseconds since 1970. */
    readonly since: number;
  }[];
}

type Handle = (request: HttpRequest) => Promise<HttpAnswer> | HttpAnswer;

export interface Rooms {
  readonly webhooks: Handle;
  /** HTTP mode only: Bolt reads and answers the request itself. */
  readonly slack?: Extract<Route, { raw: unknown }>['raw'];
  readonly readiness: () => Promise<Readiness> | Readiness;
  /** Text in Prometheus' format, and its content type. */
  readonly metrics: () => Promise<{ type: string; text: string }>;
  readonly api: { readonly guard: Guard; readonly list: Handle; readonly show: Handle; readonly open: Handle };
  /** Console and the like; the console guards itself. */
  readonly others?: readonly Route[];
}

export function createRoutes(rooms: Rooms): readonly Route[] {
  const { api } = rooms;
  const guarded =
    (handle: Handle): Handle =>
    async (request) => {
      await api.guard.admit(request);
      return handle(request);
    };
  return [
    { method: 'POST', path: '/webhooks/:source', handle: rooms.webhooks },
    ...(rooms.slack ? [{ method: 'POST' as const, path: '/slack/events', raw: rooms.slack }] : []),
    { method: 'GET', path: '/healthz', handle: () => json(200, { ok: true }) },
    { method: 'GET', path: '/readyz', handle: async () => showReadiness(await rooms.readiness()) },
    { method: 'GET', path: '/metrics', handle: async () => showMetrics(await rooms.metrics()) },
    { method: 'GET', path: '/api/incidents', handle: guarded(api.list) },
    { method: 'GET', path: '/api/incidents/:id', handle: guarded(api.show) },
    { method: 'POST', path: '/api/incidents', handle: guarded(api.open) },
    ...(rooms.others ?? []),
  ];
}

function showReadiness({ ready, dependencies }: Readiness): HttpAnswer {
  const shown = dependencies.map(({ since, ...rest }) => ({ ...rest, since: new Date(since).toISOString() }));
  return json(ready ? 200 : 503, { ready, dependencies: shown });
}

function showMetrics({ type, text }: { type: string; text: string }): HttpAnswer {
  return { status: 200, headers: { 'content-type': type, 'cache-control': 'no-store' }, body: text };
}
