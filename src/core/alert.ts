/**
 * Signals, and what an incident remembers of them. A storm has ten thousand: so many are kept one by one, the rest is counted per service
 * and severity, and both together say whether anything still fires.
 */
import type { Incident, Instant, Severity } from './model.ts';

/** One delivery's alert, normalised. The same `fingerprint` of the same `source` is always the same alert. */
export interface Signal {
  readonly source: string;
  readonly fingerprint: string;
  readonly state: 'firing' | 'resolved';
  /** When it began to fire, or stopped, by the sender's clock. */
  readonly at: Instant;
  /** Name in services.yml; undefined when no service matches. */
  readonly service: string | undefined;
  readonly severity: Severity;
  readonly summary: string;
  readonly labels: Labels;
  readonly links: readonly Link[];
}

export type Labels = Readonly<Record<string, string>>;

export interface Link {
  readonly title: string;
  readonly url: string;
}

export interface Alert {
  readonly source: string;
  readonly fingerprint: string;
  /** undefined: no service matched, or it was written before this was kept. */
  readonly service?: string | undefined;
  readonly state: 'firing' | 'resolved';
  readonly summary: string;
  readonly severity: Severity;
  readonly firstAt: Instant;
  readonly changedAt: Instant;
  readonly links: readonly Link[];
  readonly labels: Labels;
}

/** Alerts that are only counted. In an event: by how much the numbers change. */
export interface Tally {
  readonly service?: string | undefined;
  readonly severity: Severity;
  readonly firing: number;
  readonly seen: number;
  /** Of the newest change. */
  readonly changedAt: Instant;
}

/** A signal that belongs to this incident. `before`: what was last known of this alert here; undefined: it is new here. */
export interface Arrival {
  readonly signal: Signal;
  readonly because: string;
  readonly before?: 'firing' | 'resolved' | undefined;
}

/** So many alerts of one incident are kept one by one; a person reads fewer. */
export const ALERTS_KEPT_MOST = 200;

/** One alert of one source. */
export const alertKey = (of: { source: string; fingerprint: string }): string => `${of.source}:${of.fingerprint}`;

/** A short name people can type, the same for the same alert everywhere: FNV-1a of its key, six digits of base 36. */
export function alertWord(key: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193) >>> 0;
  return hash.toString(36).padStart(7, '0').slice(-6);
}

/** Every label of the set is there with this value; `*`: with any. An empty set fits nothing. */
export function fits(labels: Labels, set: Labels): boolean {
  const wanted = Object.entries(set);
  return wanted.length > 0 && wanted.every(([name, value]) => Object.hasOwn(labels, name) && (value === '*' || labels[name] === value));
}

export function withAlert(all: Incident['alerts'], signal: Signal): Incident['alerts'] {
  const key = alertKey(signal);
  const { source, fingerprint, service, state, summary, severity, links, labels } = signal;
  const firstAt = all[key]?.firstAt ?? signal.at;
  return { ...all, [key]: { source, fingerprint, service, state, summary, severity, links, labels, firstAt, changedAt: signal.at } };
}

const rank = (severity: Severity): number => ['sev1', 'sev2', 'sev3'].indexOf(severity);

/** Adds changes to counts. A resolution that comes with another severity than its alert had is taken from what fires of that service. */
export function addTallies(all: readonly Tally[], changes: readonly Tally[]): readonly Tally[] {
  const sums = all.map((tally) => ({ ...tally }));
  for (const change of changes) {
    const own = sums.filter(({ service }) => service === change.service);
    const exact = own.find(({ severity }) => severity === change.severity);
    const into = change.firing < 0 && (exact?.firing ?? 0) < -change.firing ? (own.toSorted((a, b) => b.firing - a.firing)[0] ?? exact) : exact;
    if (!into) {
      sums.push({ ...change, firing: Math.max(0, change.firing) });
      continue;
    }
    into.firing = Math.max(0, into.firing + change.firing);
    into.seen += change.seen;
    into.changedAt = Math.max(into.changedAt, change.changedAt);
  }
  return sums;
}

type Alerting = Pick<Incident, 'alerts' | 'tallies'>;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

export const firingCount = ({ alerts, tallies }: Alerting): number =>
  Object.values(alerts).filter(({ state }) => state === 'firing').length + sum(tallies.map(({ firing }) => firing));
export const seenCount = ({ alerts, tallies }: Alerting): number => Object.keys(alerts).length + sum(tallies.map(({ seen }) => seen));

/** When every alert went quiet; undefined while one fires or when there never was one. */
export function quietSince(incident: Alerting): Instant | undefined {
  if (seenCount(incident) === 0 || firingCount(incident) > 0) return undefined;
  return Math.max(...Object.values(incident.alerts).map(({ changedAt }) => changedAt), ...incident.tallies.map(({ changedAt }) => changedAt));
}

/** What one service suffers, as a card lists it. */
export interface Suffering {
  /** undefined: alerts that match no service. */
  readonly service: string | undefined;
  /** The worst of what fires, else of what was seen. */
  readonly severity: Severity;
  readonly firing: number;
  readonly seen: number;
}

/** Every service with an alert here, the worst first: what fires before what is quiet, by severity, then by how much fires. */
export function sufferings({ alerts, tallies }: Alerting): readonly Suffering[] {
  const single = Object.values(alerts).map(({ service, severity, state }) => ({ service, severity, firing: state === 'firing' ? 1 : 0, seen: 1 }));
  const byService = new Map<string | undefined, Suffering>();
  for (const { service, severity, firing, seen } of [...single, ...tallies]) {
    const known = byService.get(service);
    const worse = !known || (firing > 0 && known.firing === 0) || (firing > 0 === known.firing > 0 && rank(severity) < rank(known.severity));
    const worst = known && !worse ? known.severity : severity;
    byService.set(service, { service, severity: worst, firing: (known?.firing ?? 0) + firing, seen: (known?.seen ?? 0) + seen });
  }
  return [...byService.values()].toSorted(
    (a, b) =>
      Number(b.firing > 0) - Number(a.firing > 0) ||
      rank(a.severity) - rank(b.severity) ||
      b.firing - a.firing ||
      ((a.service ?? '~') < (b.service ?? '~') ? -1 : 1),
  );
}

/** The named services with an alert here. */
export function servicesOf({ alerts, tallies }: Alerting): readonly string[] {
  return [...new Set([...Object.values(alerts), ...tallies].flatMap(({ service }) => service ?? []))];
}

export const isWorse = (severity: Severity, than: Severity): boolean => rank(severity) < rank(than);

/** Alerts that changed incidents: those kept one by one, and the counts that went along. */
export interface Moved {
  readonly alerts: readonly Alert[];
  readonly tallies: readonly Tally[];
}

/** Without what went elsewhere. */
export function without({ alerts, tallies }: Alerting, gone: { alerts: readonly string[]; services: readonly string[] | 'all' }): Alerting {
  const keys = new Set(gone.alerts);
  const isGone = ({ service }: Tally): boolean => gone.services === 'all' || (service !== undefined && gone.services.includes(service));
  return { alerts: Object.fromEntries(Object.entries(alerts).filter(([key]) => !keys.has(key))), tallies: tallies.filter((tally) => !isGone(tally)) };
}

/** With what came from elsewhere: kept one by one as long as there is room, counted after that. */
export function including({ alerts, tallies }: Alerting, came: Moved): Alerting {
  const room = Math.max(0, ALERTS_KEPT_MOST - Object.keys(alerts).length);
  const [kept, counted] = [came.alerts.slice(0, room), came.alerts.slice(room)];
  const extra = counted.map(({ service, severity, state, changedAt }) => ({ service, severity, firing: state === 'firing' ? 1 : 0, seen: 1, changedAt }));
  return {
    alerts: { ...alerts, ...Object.fromEntries(kept.map((alert) => [alertKey(alert), alert])) },
    tallies: addTallies(tallies, [...came.tallies, ...extra]),
  };
}
