/** Which incident a signal belongs to, with the reason a person will read. Pure: the open incidents come in as values. */
import { alertKey } from './evolve.ts';
import type { IncidentId, Instant, Signal } from './model.ts';

/** What correlation needs to know of an incident that is not resolved. */
export interface OpenIncident {
  readonly id: IncidentId;
  readonly key: string;
  readonly service: string;
  readonly openedAt: Instant;
  /** `source:fingerprint` of every alert it has seen. */
  readonly alerts: readonly string[];
}

/** What we last heard of this alert, from any incident. */
export interface LastHeard {
  readonly state: 'firing' | 'resolved';
  readonly at: Instant;
}

export type Correlation =
  | { readonly kind: 'join'; readonly incident: IncidentId; readonly because: string }
  | { readonly kind: 'open'; readonly key: string; readonly service: string; readonly because: string }
  | { readonly kind: 'ignore'; readonly because: string };

/** Incidents of signals that no service in services.yml claims are kept apart by their alert. */
export const UNKNOWN_SERVICE = 'unknown-service';

/**
 * So many incidents of alerts that belong to no service are opened within so many ms; what comes then joins the newest of them. One rule
 * that fires for every pod would otherwise open a channel for each, and the one that matters would wait behind them.
 */
const STORM_MOST = 5;
const STORM_MS = 10 * 60_000;

export function correlate(signal: Signal, open: readonly OpenIncident[], heard: LastHeard | undefined, now: Instant): Correlation {
  if (heard && signal.at < heard.at) return { kind: 'ignore', because: `older than what we know: it was ${heard.state} later` };
  if (heard?.state === 'resolved' && signal.state === 'firing' && signal.at === heard.at) return { kind: 'ignore', because: 'resolved at the same moment' };
  const same = open.find((incident) => incident.alerts.includes(alertKey(signal)));
  if (same) return { kind: 'join', incident: same.id, because: `same alert, opened ${ago(now - same.openedAt)}` };
  if (signal.state === 'resolved') return { kind: 'ignore', because: 'it cleared before anything was opened for it' };
  const service = signal.service ?? UNKNOWN_SERVICE;
  const sibling = signal.service === undefined ? undefined : open.find((incident) => incident.service === service);
  if (sibling) return { kind: 'join', incident: sibling.id, because: `same service, opened ${ago(now - sibling.openedAt)}` };
  const storm = signal.service === undefined ? stormOf(open, now) : undefined;
  if (storm) return { kind: 'join', incident: storm.id, because: 'one of many alerts that match no service in services.yml' };
  return { kind: 'open', key: problemKey(signal), service, because: opening(signal) };
}

/** The newest of the incidents that alerts of no service opened lately, when there are too many; people's reports are not counted. */
function stormOf(open: readonly OpenIncident[], now: Instant): OpenIncident | undefined {
  const fresh = open.filter(({ service, alerts, openedAt }) => service === UNKNOWN_SERVICE && alerts.length > 0 && now - openedAt < STORM_MS);
  return fresh.length < STORM_MOST ? undefined : fresh.reduce((newest, one) => (one.openedAt > newest.openedAt ? one : newest));
}

/** What is known of the alert after this signal, whatever was decided about it: the newer word stands, and at the same instant the resolution. */
export function remember(heard: LastHeard | undefined, signal: Signal): LastHeard {
  const older = heard && (signal.at < heard.at || (signal.at === heard.at && heard.state === 'resolved'));
  return older ? heard : { state: signal.state, at: signal.at };
}

/** One open incident per problem: a service, or an alert that belongs to none. */
export function problemKey(signal: Pick<Signal, 'service' | 'source' | 'fingerprint'>): string {
  return signal.service === undefined ? `alert:${alertKey(signal)}` : `service:${signal.service}`;
}

function opening(signal: Signal): string {
  return signal.service === undefined
    ? `an alert from ${signal.source} that matches no service in services.yml`
    : `first alert from ${signal.source}; no incident of ${signal.service} was open`;
}

function ago(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'just now';
  return minutes < 120 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
}
