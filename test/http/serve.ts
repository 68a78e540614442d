/** A real server on a free loopback port, with an accept function that keeps deliveries in memory. */
import type { Catalog } from '../../src/core/service.ts';
import { json } from '../../src/http/answer.ts';
import { createGuard } from '../../src/http/guard.ts';
import { createRoutes, type Rooms } from '../../src/http/routes.ts';
import { createHttp, type HttpOptions } from '../../src/http/server.ts';
import { type Arriving, type WebhookOptions, webhookHandler } from '../../src/http/webhooks.ts';
import { type Clock, realClock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import { SOURCES } from '../../src/sources/index.ts';

export const TOKEN = 'right-token-0123456789';
export const SECOND_TOKEN = 'second-token-0123456789';
export const GITHUB_SECRETS = ['first-webhook-secret-0123', 'second-webhook-secret-0123'] as const;
/** Of every source that signs with a secret, but Grafana, which then takes no token. */
export const SECRETS = {
  github: GITHUB_SECRETS,
  sentry: ['sentry-client-secret-0123'],
  pagerduty: ['first-pagerduty-secret-01', 'second-pagerduty-secret-01'],
};
export const NOW = Date.parse('2026-11-20T07:00:00Z');
export const catalog: Catalog = { services: [], operators: [], announce: undefined, channelPrefix: 'inc', defaultPlaybook: undefined, generic: null };

export interface Served {
  readonly url: string;
  readonly accepted: Arriving[];
  /** Sources of deliveries that were of no use. */
  readonly ignored: string[];
  readonly lines: string[];
  readonly http: ReturnType<typeof createHttp>;
  post(path: string, body: string | Buffer, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

interface ServeOptions {
  limits?: HttpOptions['limits'];
  clock?: Clock;
  accept?: (delivery: Arriving) => Promise<unknown>;
  rooms?: Partial<Rooms>;
  catalog?: Catalog;
  /** Other secrets, tokens of single sources, or a hand for those with certificates. */
  webhooks?: Partial<Pick<WebhookOptions, 'sources' | 'secrets' | 'tokensOf' | 'hand'>>;
}

/** Its clock stands at NOW but for the waits, which are real unless a test hands in its own. */
const standing: Clock = { now: () => NOW, at: (at, fn) => realClock.at(Date.now() + (at - NOW), fn) };

export async function serve(options: ServeOptions = {}): Promise<Served> {
  const clock = options.clock ?? standing;
  const lines: string[] = [];
  const log = createLog({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } });
  const accepted: Served['accepted'] = [];
  const ignored: string[] = [];
  const accept = async (delivery: Arriving): Promise<boolean> => {
    if (options.accept) await options.accept(delivery);
    else if (delivery.once !== undefined && accepted.some(({ once }) => once === delivery.once)) return false;
    else accepted.push(delivery);
    return true;
  };
  const tokens = [TOKEN, SECOND_TOKEN];
  const routes = createRoutes({
    webhooks: webhookHandler({
      ...{ sources: SOURCES, accept, tokens, catalog: () => options.catalog ?? catalog, clock, log },
      ...{ secrets: SECRETS, ignored: (source) => void ignored.push(source) },
      ...options.webhooks,
    }),
    readiness: () => ({ ready: false, dependencies: [{ name: 'slack', state: 'down', cause: 'invalid_auth', since: NOW }] }),
    metrics: async () => ({ type: 'text/plain; version=0.0.4', text: 'up 1\n' }),
    api: {
      guard: createGuard({ tokens, clock }),
      list: ({ query }) => json(200, { limit: query.get('limit') }),
      show: ({ params }) => json(200, { id: params.id }),
      open: async (request) => json(201, { bytes: (await request.body()).length }),
    },
    ...options.rooms,
  });
  const http = createHttp({ host: '127.0.0.1', port: 0, clock, log, routes, ...(options.limits && { limits: options.limits }) });
  const { url } = await http.listen();
  return {
    url,
    accepted,
    ignored,
    lines,
    http,
    post: (path, body, headers = {}) =>
      fetch(url + path, {
        method: 'POST',
        body: typeof body === 'string' ? body : new Uint8Array(body),
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
      }),
    close: () => http.close(),
  };
}
