/** One alert and the webhook body Alertmanager 0.25 makes of it (version "4"). */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: number;
  /** undefined: still firing. */
  readonly endsAt: number | undefined;
  readonly fingerprint: string;
}
export interface Sender {
  readonly receiver: string;
  readonly externalUrl: string;
  /** Page of the expression that fired. */
  readonly generatorUrl: string;
}

const GROUP_BY = ['alertname', 'service'];
// Go's zero time, which Alertmanager sends for an alert that has not ended.
const NOT_ENDED = '0001-01-01T00:00:00Z';

export function payloadFor(alert: Alert, sender: Sender): unknown {
  const status = alert.endsAt === undefined ? 'firing' : 'resolved';
  const { labels, annotations, fingerprint } = alert;
  const groupLabels = Object.fromEntries(GROUP_BY.flatMap((name) => (labels[name] === undefined ? [] : [[name, labels[name]]])));
  const times = { startsAt: new Date(alert.startsAt).toISOString(), endsAt: alert.endsAt === undefined ? NOT_ENDED : new Date(alert.endsAt).toISOString() };
  return {
    receiver: sender.receiver,
    status,
    alerts: [{ status, labels, annotations, ...times, generatorURL: sender.generatorUrl, fingerprint }],
    groupLabels,
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: sender.externalUrl,
    version: '4',
    groupKey: `{}:{${Object.entries(groupLabels)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join(', ')}}`,
    truncatedAlerts: 0,
  };
}

const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;
const SEPARATOR = 0xff;

/** Prometheus' own hash of a label set (common/model, FNV-1a with 0xff between the parts), 16 hex digits. */
export function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  let hash = FNV_OFFSET;
  const add = (byte: number) => {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  };
  for (const name of Object.keys(labels).sort()) {
    for (const part of [name, labels[name] ?? '']) {
      Buffer.from(part, 'utf8').forEach(add);
      add(SEPARATOR);
    }
  }
  return hash.toString(16).padStart(16, '0');
}
