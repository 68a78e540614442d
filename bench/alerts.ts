/** Alerts in numbers, each with labels that never came before, and the process that sends them. */
import { type Child, node, start } from './child.ts';
import { SECRETS, type World } from './world.ts';

export interface AlertLoad {
  readonly port: number;
  readonly path: string;
  readonly bearer: string;
  /** Alertmanager's own API, or what Alertmanager sends to others. */
  readonly shape: 'api' | 'webhook';
  readonly state: 'firing' | 'resolved';
  /** In each request. */
  readonly alerts: number;
  /** Taken in turn. */
  readonly services: readonly string[];
  readonly connections: number;
  /** Ends with whichever comes first. */
  readonly forMs: number;
  readonly requests: number;
  /** Requests; 0: as fast as answers come. */
  readonly perSecond: number;
  /** Wants to know which alerts were taken, and when. */
  readonly isListed: boolean;
}
export interface AlertLoaded {
  /** Requests that were answered 2xx. */
  readonly taken: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Other statuses, and connections that broke; how often each. */
  readonly wrong: Readonly<Record<string, number>>;
  /** First serial of each request that was taken, and when it was answered, in ms of `sharedNow`. */
  readonly listed: readonly (readonly [serial: number, at: number])[];
}

export interface AlertSender {
  send(load: Partial<AlertLoad> & Pick<AlertLoad, 'port' | 'path' | 'shape' | 'services'>): Promise<AlertLoaded>;
  close(): Promise<void>;
}

const PLAIN = { bearer: '', state: 'firing', alerts: 1, connections: 16, forMs: 60_000, requests: 1_000_000, perSecond: 0, isListed: false } as const;

export function startSender(core?: number): AlertSender {
  const child: Child = start(node('bench/alert-load.ts'), { core, talks: true });
  return {
    async send(load) {
      const heard = child.heard();
      child.send({ ...PLAIN, ...load } satisfies AlertLoad);
      return (await heard) as AlertLoaded; // what alert-load.ts sends for an AlertLoad
    },
    close: () => child.kill(),
  };
}

/** Where ours takes alerts. */
export const toOurs = ({ url }: World) =>
  ({ port: Number(new URL(url).port), path: '/webhooks/alertmanager', shape: 'webhook', bearer: SECRETS.webhook }) as const;

/** Serial → the fingerprint of its alert. */
export const fingerprintOf = (serial: number): string => serial.toString(16).padStart(16, '0');

export function requestText(load: AlertLoad, first: number): string {
  const now = new Date().toISOString();
  const alerts = Array.from({ length: load.alerts }, (_, index) => alertText(load, first + index, now)).join(',');
  const body = load.shape === 'api' ? `[${alerts}]` : `{"version":"4","receiver":"tagback","status":"${load.state}","alerts":[${alerts}]}`;
  const head = `POST ${load.path} HTTP/1.1\r\nHost: 127.0.0.1:${load.port}\r\nAuthorization: Bearer ${load.bearer}\r\nContent-Type: application/json\r\n`;
  return `${head}Content-Length: ${body.length}\r\n\r\n${body}`; // ASCII only: as many bytes as characters
}

/** Both shapes say the same: the same labels, the same words. */
function alertText({ shape, state, services }: AlertLoad, serial: number, now: string): string {
  const service = services[serial % services.length] ?? '';
  const labels = `"labels":{"alertname":"HighErrorRate","severity":"warning","service":"${service}","instance":"10.0.0.7:9090","pod":"${service}-${serial}"}`;
  const rest = `"annotations":{"summary":"Errors of ${service} are at 24 %"},"startsAt":"${now}","generatorURL":"http://prometheus.example.com/graph"`;
  if (shape === 'api') return `{${labels},${rest}}`;
  const endsAt = state === 'firing' ? '0001-01-01T00:00:00Z' : now;
  return `{"status":"${state}",${labels},${rest},"endsAt":"${endsAt}","fingerprint":"${fingerprintOf(serial)}"}`;
}

/** Deliveries that are stored and not yet read. */
export async function unread({ url }: World): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^tagback_inbox_deliveries (\d+)$/m.exec(metrics)?.[1] ?? Number.NaN);
}
