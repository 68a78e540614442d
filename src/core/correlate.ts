/**
 * Which incident a signal belongs to, with the reason a person will read. Pure: what is open and what ended lately come in as narrow rows,
 * never as whole incidents. The rules are asked in the order in which they stand in `correlate`; the first that knows decides.
 */
import { alertKey, fits, type Signal, seenCount, servicesOf } from './alert.ts';
import { joiningOf, type Rules } from './correlate-rules.ts';
import { counted, type Held, type Hold, type HoldReason, silenced } from './hold.ts';
import type { Incident, IncidentId, Instant } from './model.ts';
import { STORM_KEY, stormNow, stormUnderWay } from './storm.ts';
import { suspectNow } from './suspect.ts';

/** What correlation needs to know of an incident, besides where it stands in lists. */
export interface Outline {
  readonly scope: Incident['scope'];
  /** Services with an alert here. */
  readonly services: readonly string[];
  readonly opened: 'alert' | 'person';
  /** When the last alert came that was new here. */
  readonly joinedAt: Instant;
  /** How many alerts it has seen. */
  readonly alerts: number;
  /** The release that is likely to be the cause. */
  readonly suspect: string | undefined;
  readonly mergedInto: IncidentId | undefined;
}
export interface OpenIncident extends Outline {
  readonly id: IncidentId;
  readonly key: string;
  readonly service: string;
  readonly openedAt: Instant;
}
export interface ClosedIncident extends OpenIncident {
  readonly resolvedAt: Instant;
}
export interface Desk {
  readonly open: readonly OpenIncident[];
  /** Those that ended lately. */
  readonly closed: readonly ClosedIncident[];
}

/** What we last heard of this alert. */
export interface LastHeard {
  readonly state: 'firing' | 'resolved';
  readonly at: Instant;
  /** Where it belonged then. */
  readonly incident?: IncidentId | undefined;
}

export interface Known {
  readonly now: Instant;
  readonly desk: Desk;
  readonly heard: LastHeard | undefined;
  /** Alerts of the same service that are held because they were seen too seldom. */
  readonly seldom: readonly Held[];
  /** It was held for this reason, and its time is up. */
  readonly released?: HoldReason | undefined;
}

export type Correlation = { readonly because: string } & (
  | { readonly kind: 'join'; readonly incident: IncidentId }
  | { readonly kind: 'open'; readonly key: string; readonly service: string; readonly scope: Incident['scope'] }
  | { readonly kind: 'reopen'; readonly incident: IncidentId }
  | ({ readonly kind: 'hold' } & Hold)
  | { readonly kind: 'ignore' }
);

/** Incidents of signals that no service in services.yml claims are kept apart by their alert. */
export const UNKNOWN_SERVICE = 'unknown-service';

export function correlate(signal: Signal, known: Known, rules: Rules): Correlation {
  return (
    ownAlert(signal, rules) ??
    outOfOrder(signal, known) ??
    sameAlert(signal, known) ??
    cleared(signal) ??
    held(signal, known, rules) ??
    sameService(signal, known, rules) ??
    sameRelease(signal, known, rules) ??
    inStorm(known, rules) ??
    tooSeldom(signal, known, rules) ??
    flapping(signal, known, rules) ??
    stray(signal, known) ??
    opening(signal, known, rules)
  );
}

type Maybe = Correlation | undefined;
const join = (incident: IncidentId, because: string): Correlation => ({ kind: 'join', incident, because });
const ignore = (because: string): Correlation => ({ kind: 'ignore', because });

/** The bot's own trouble told by an alert must not make the bot busier. */
function ownAlert({ labels }: Signal, { noise }: Rules): Maybe {
  return noise.own.some((set) => fits(labels, set)) ? ignore('an alert about Tagback itself; it opens nothing') : undefined;
}

function outOfOrder(signal: Signal, { heard }: Known): Maybe {
  if (heard && signal.at < heard.at) return ignore(`older than what we know: it was ${heard.state} later`);
  if (heard?.state === 'resolved' && signal.state === 'firing' && signal.at === heard.at) return ignore('resolved at the same moment');
  return undefined;
}

function sameAlert(signal: Signal, { desk, heard, now }: Known): Maybe {
  const key = `alert:${alertKey(signal)}`;
  const same = desk.open.find(({ id }) => id === heard?.incident) ?? desk.open.find((incident) => incident.key === key);
  return same && join(same.id, `same alert, opened ${ago(now - same.openedAt)}`);
}

function cleared({ state }: Signal): Maybe {
  return state === 'resolved' ? ignore('it cleared before anything was opened for it') : undefined;
}

function held(signal: Signal, { now }: Known, rules: Rules): Maybe {
  const hold = silenced(signal, rules, now);
  return hold && { kind: 'hold', ...hold };
}

/** The newest incident of the service itself, else the one its alerts joined. */
function sameService({ service }: Signal, { desk, now }: Known, rules: Rules): Maybe {
  if (service === undefined) return undefined;
  const { joinWithinMs = Number.POSITIVE_INFINITY } = joiningOf(rules, service);
  const fresh = desk.open.filter(({ scope, openedAt, joinedAt }) => scope === 'storm' || now - Math.max(openedAt, joinedAt) <= joinWithinMs);
  const same = newest(fresh.filter((one) => one.service === service)) ?? newest(fresh.filter(({ services }) => services.includes(service)));
  return same && join(same.id, `same service, opened ${ago(now - same.openedAt)}`);
}

/** Services of one repository that are deployed together and begin to fail together have one cause. */
const SAME_RELEASE_MS = 10 * 60_000;

function sameRelease({ service }: Signal, { desk, now }: Known, rules: Rules): Maybe {
  const mine = service === undefined ? undefined : rules.services.get(service);
  if (mine?.repo === undefined) return undefined;
  const same = newest(
    desk.open.filter((one) => {
      const other = rules.services.get(one.service);
      const isDeployedWithMine = other?.repo === mine.repo && other?.environment === mine.environment && other?.rollback.tagPrefix === mine.rollback.tagPrefix;
      return one.suspect !== undefined && one.service !== service && isDeployedWithMine && now - one.openedAt < SAME_RELEASE_MS;
    }),
  );
  return same && join(same.id, `same release ${same.suspect} of ${mine.repo}, opened ${ago(now - same.openedAt)}`);
}

function inStorm({ desk, now }: Known, rules: Rules): Maybe {
  const storm = stormUnderWay(desk, rules, now);
  return storm && join(storm.id, `a storm is under way, opened ${ago(now - storm.openedAt)}`);
}

/** What was held until its time was up, and fires still, needs no further times. */
function tooSeldom(signal: Signal, known: Known, rules: Rules): Maybe {
  const hold = known.released === 'seldom' ? undefined : times(signal, known, rules);
  return hold && !('enough' in hold) ? { kind: 'hold', ...hold } : undefined;
}

function times(signal: Signal, { seldom, heard, now }: Known, rules: Rules): ReturnType<typeof counted> {
  const isRepeat = heard?.state === 'firing' && heard.at === signal.at;
  return counted(signal, { seldom, isRepeat }, { rules, now });
}

function flapping(signal: Signal, { desk, heard, now }: Known, rules: Rules): Maybe {
  const { flapMs } = joiningOf(rules, signal.service);
  // Another one of the same problem may have been opened since.
  const isTaken = (key: string): boolean => desk.open.some((one) => one.key === key);
  const lately = desk.closed.filter(({ key, resolvedAt, mergedInto }) => mergedInto === undefined && now - resolvedAt < flapMs && !isTaken(key));
  const ended = (what: string, { id, resolvedAt }: ClosedIncident): Correlation => ({
    kind: 'reopen',
    incident: id,
    because: `${what}, ${sinceEnd(now - resolvedAt)} it was resolved`,
  });
  const own = lately.find(({ id }) => id === heard?.incident);
  if (own) return ended('same alert again', own);
  const sibling = signal.service === undefined ? undefined : newest(lately.filter(({ service }) => service === signal.service));
  return sibling && ended('same service again', sibling);
}

/**
 * So many incidents of alerts that belong to no service are opened within so many ms; what comes then joins the newest of them. One rule
 * that fires for every pod would otherwise open a channel for each, and the one that matters would wait behind them.
 */
const STRAYS_MOST = 5;
const STRAYS_MS = 10 * 60_000;

function stray({ service }: Signal, { desk, now }: Known): Maybe {
  if (service !== undefined) return undefined;
  const fresh = desk.open.filter((one) => one.service === UNKNOWN_SERVICE && one.opened === 'alert' && now - one.openedAt < STRAYS_MS);
  const into = fresh.length < STRAYS_MOST ? undefined : newest(fresh);
  return into && join(into.id, 'one of many alerts that match no service in services.yml');
}

function opening(signal: Signal, known: Known, rules: Rules): Correlation {
  const { desk, now } = known;
  const storm = stormNow(desk, rules, now);
  if (storm !== undefined) return beginStorm(storm, known);
  const wanted = problemKey(signal);
  const taken = desk.open.find(({ key }) => key === wanted);
  const key = taken ? `${wanted}/after:${newest(desk.open.filter((one) => one.key.startsWith(wanted)))?.id ?? taken.id}` : wanted;
  return { kind: 'open', key, service: signal.service ?? UNKNOWN_SERVICE, scope: 'service', because: whyOpened(signal, known, rules) };
}

/** One storm at a time: an older one that is still open, or that ended just now, goes on. */
function beginStorm(because: string, { desk }: Known): Correlation {
  const older = desk.open.find(({ key }) => key === STORM_KEY);
  if (older) return join(older.id, `the storm goes on: ${because}`);
  const ended = newest(desk.closed.filter(({ scope }) => scope === 'storm'));
  const into = desk.open.find(({ id }) => id === ended?.mergedInto);
  if (into) return join(into.id, `the storm goes on: ${because}`);
  if (ended && ended.mergedInto === undefined) return { kind: 'reopen', incident: ended.id, because: `the storm goes on: ${because}` };
  return { kind: 'open', key: STORM_KEY, service: UNKNOWN_SERVICE, scope: 'storm', because };
}

function whyOpened(signal: Signal, known: Known, rules: Rules): string {
  const { released } = known;
  if (released !== undefined) return released === 'seldom' ? 'it has fired ever since it was first held' : `it fires still after the ${released}`;
  const often = times(signal, known, rules);
  if (often && 'enough' in often) return often.enough;
  return signal.service === undefined
    ? `an alert from ${signal.source} that matches no service in services.yml`
    : `first alert from ${signal.source}; no incident of ${signal.service} was open`;
}

/** What is known of the alert after this signal, whatever was decided about it: the newer word stands, and at the same instant the resolution. */
export function remember(heard: LastHeard | undefined, signal: Signal): LastHeard {
  const older = heard && (signal.at < heard.at || (signal.at === heard.at && heard.state === 'resolved'));
  return older ? heard : { state: signal.state, at: signal.at, incident: heard?.incident };
}

/** One open incident per problem: a service, or an alert that belongs to none. */
export function problemKey(signal: Pick<Signal, 'service' | 'source' | 'fingerprint'>): string {
  return signal.service === undefined ? `alert:${alertKey(signal)}` : `service:${signal.service}`;
}

/** The outline of an incident as it is now. */
export function outlineOf(incident: Incident): Outline {
  const likely = suspectNow(incident);
  return {
    scope: incident.scope,
    services: servicesOf(incident),
    joinedAt: incident.joinedAt,
    alerts: seenCount(incident),
    opened: incident.openedBy.kind === 'human' ? 'person' : 'alert',
    suspect: likely?.sure === 'likely' ? likely.tag : undefined,
    mergedInto: incident.mergedInto,
  };
}

const newest = <T extends OpenIncident>(incidents: readonly T[]): T | undefined =>
  incidents.reduce<T | undefined>((best, one) => (best && best.openedAt >= one.openedAt ? best : one), undefined);

export function ago(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'just now';
  return minutes < 120 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
}

function sinceEnd(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return minutes < 1 ? 'just after' : `${minutes} min after`;
}
