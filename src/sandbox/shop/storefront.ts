/** What the shop answers over HTTP: its pages, its metrics, and the Loki question about its log. */
import type { Clock } from '../../lib/clock.ts';
import { Failure } from '../../lib/failure.ts';
import { releaseSha } from '../github/shas.ts';
import type { Fleet } from './fleet.ts';
import { type LogContext, logLines, requestId } from './logs.ts';
import { queryLogs } from './loki.ts';
import type { Handler } from './loopback.ts';
import { exposition, type Family, type Labels } from './series.ts';
import type { Status, Traffic } from './traffic.ts';

export interface Storefront {
  readonly clock: Clock;
  readonly traffic: Traffic;
  readonly families: readonly Family[];
  readonly context: LogContext;
  readonly labels: Labels;
  readonly fleet: Fleet;
  readonly migrationsRun: readonly string[];
}
interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** Counts as a request of the shop; metrics, health and version do not. */
  readonly counts?: Status;
  readonly requestId?: string;
}

export function createStorefront(shop: Storefront): Handler {
  let served = 0;
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://shop');
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const page = isRead ? pageOf(shop, url, () => ++served) : json(405, { error: `${request.method} is not for this shop` });
    if (page.counts) shop.traffic.count(shop.clock.now(), page.counts);
    response.writeHead(page.status, { 'content-type': page.type, ...(page.requestId === undefined ? {} : { 'x-request-id': page.requestId }) });
    response.end(page.body);
  };
}

const json = (status: number, body: unknown, more: Partial<Page> = {}): Page => ({
  status,
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(body),
  ...more,
});

const version = (release: string): Page => json(200, { tag: release, sha: releaseSha(release) });

function pageOf(shop: Storefront, url: URL, nextNumber: () => number): Page {
  const now = shop.clock.now();
  const { release } = shop.traffic.phaseAt(now);
  switch (url.pathname) {
    case '/checkout':
      return checkout(shop, nextNumber());
    case '/':
    case '/cart':
      return json(200, { service: shop.context.service, release, items: 2 }, { counts: '200' });
    case '/chapters/1':
    case '/chapters/2':
    case '/chapters/3':
    case '/chapters/4':
      return chapter(shop, now);
    case '/version':
      return version(release);
    case '/replicas/1/version':
    case '/replicas/2/version':
    case '/replicas/3/version':
      return version(shop.fleet.release(Number(url.pathname.split('/')[2])));
    case '/migrations':
      return json(200, { applied: shop.migrationsRun });
    case '/healthz':
      return json(200, { status: 'ok' });
    case '/metrics':
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: exposition(shop.families, now) };
    case '/loki/api/v1/query_range':
      return logPage(shop, url.searchParams);
    default:
      return json(404, { error: `nothing at ${url.pathname}` }, { counts: '404' });
  }
}

/** Fails as often as the running release does, for whoever asks. */
function checkout({ clock, traffic, context }: Storefront, number: number): Page {
  const now = clock.now();
  const { bug, dependency } = traffic.sharesAt(now);
  const draw = traffic.chance(`checkout ${number}`);
  const id = requestId(traffic, `checkout ${number}`);
  if (draw < bug) {
    const error = context.stackOf(traffic.phaseAt(now).release).split('\n', 1)[0];
    return json(500, { error, requestId: id }, { counts: '500', requestId: id });
  }
  if (draw < bug + dependency) return json(503, { error: 'payment gateway did not answer', requestId: id }, { counts: '503', requestId: id });
  return json(200, { ok: true, totalCents: 4_200, currency: 'EUR', requestId: id }, { counts: '200', requestId: id });
}

/** Pages that a release breaks for everybody, as long as it runs. They are not counted: few people read them, and no error rate shows it. */
function chapter({ traffic }: Storefront, now: number): Page {
  return traffic.sharesAt(now).bug > 0 ? json(500, { error: 'this chapter cannot be shown' }) : json(200, { ok: true });
}

function logPage({ clock, context, labels }: Storefront, params: URLSearchParams): Page {
  try {
    return json(200, queryLogs({ labels, now: clock.now(), lines: (from, to) => logLines(context, from, to) }, params));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { status: 400, type: 'text/plain; charset=utf-8', body: error.message }; // Loki answers errors as plain text
  }
}
