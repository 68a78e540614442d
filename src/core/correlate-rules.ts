/** What services.yml and people say about how alerts become incidents. */
import { fits, type Labels, type Signal } from './alert.ts';
import type { Instant } from './model.ts';
import type { Catalog, Service } from './service.ts';

/** Of one service. */
export interface Joining {
  /** New alerts join the service's open incident when its last one came at most so long ago; undefined: as long as it is open. */
  readonly joinWithinMs: number | undefined;
  /** The first whose labels fit: so many times within so long before an incident opens. */
  readonly openAfter: readonly OpenAfter[];
  /** What fires within so long after the end of its incident opens that one again; 0: never. */
  readonly flapMs: number;
}
export interface OpenAfter {
  /** undefined: every alert of the service. */
  readonly match: Labels | undefined;
  readonly times: number;
  readonly withinMs: number;
}

/** Of the whole installation. */
export interface Noise {
  readonly storm: StormRules;
  readonly maintenance: readonly Maintenance[];
  /** Label sets of the bot's own alerts. */
  readonly own: readonly Labels[];
}
export interface StormRules {
  /** So many incidents opened by alerts within `withinMs`, the storm's own among them, and no more. */
  readonly incidents: number;
  /** It begins as soon as so many alerts of so many services came within `withinMs`, too. */
  readonly alerts: number;
  readonly services: number;
  readonly withinMs: number;
  /** Under way until nothing new has joined for so long. */
  readonly quietMs: number;
}

/** Which alerts: of one of these services, and with these labels; undefined: whatever it is. */
export interface Scope {
  readonly services: readonly string[] | undefined;
  readonly labels: Labels | undefined;
}
export interface Maintenance extends Scope {
  readonly reason: string;
  readonly time: Once | Weekly;
}
export interface Once {
  readonly kind: 'once';
  readonly from: Instant;
  readonly until: Instant;
}
export interface Weekly {
  readonly kind: 'weekly';
  /** 0 is Sunday; empty: every day. */
  readonly days: readonly number[];
  /** Minutes of the day; `to` before `from`: over midnight. */
  readonly from: number;
  readonly to: number;
  /** IANA name. */
  readonly zone: string;
}

/** What a person silenced for a time. */
export interface Snooze extends Scope {
  readonly id: number;
  readonly until: Instant;
  readonly reason: string;
  readonly by: { readonly slackId: string; readonly name: string };
  readonly at: Instant;
}

export interface Rules {
  readonly services: ReadonlyMap<string, Pick<Service, 'name' | 'repo' | 'environment' | 'rollback' | 'joining'>>;
  readonly noise: Noise;
  readonly snoozes: readonly Snooze[];
}

const MINUTE_MS = 60_000;
export const JOINING: Joining = { joinWithinMs: undefined, openAfter: [], flapMs: 15 * MINUTE_MS };
export const NOISE: Noise = {
  storm: { incidents: 5, alerts: 100, services: 3, withinMs: MINUTE_MS, quietMs: 10 * MINUTE_MS },
  maintenance: [],
  own: [{ source: 'tagback' }, { tagback: 'self' }],
};

export function rulesOf(catalog: Pick<Catalog, 'services' | 'noise'>, snoozes: readonly Snooze[]): Rules {
  return { services: new Map(catalog.services.map((service) => [service.name, service])), noise: catalog.noise ?? NOISE, snoozes };
}

export function joiningOf({ services }: Rules, service: string | undefined): Joining {
  return (service === undefined ? undefined : services.get(service)?.joining) ?? JOINING;
}

/** The longest time for which the end of an incident still matters. */
export function memoryMs({ services, noise }: Rules): number {
  return Math.max(JOINING.flapMs, noise.storm.withinMs, ...[...services.values()].map(({ joining }) => joining?.flapMs ?? 0));
}

export function concernsSignal({ services, labels }: Scope, signal: Pick<Signal, 'service' | 'labels'>): boolean {
  if (services === undefined && labels === undefined) return false;
  const isNamed = services === undefined || (signal.service !== undefined && services.includes(signal.service));
  return isNamed && (labels === undefined || fits(signal.labels, labels));
}

/** Until when it is silent, if it is now. */
export function silentUntil(time: Maintenance['time'], now: Instant): Instant | undefined {
  if (time.kind === 'once') return now >= time.from && now < time.until ? time.until : undefined;
  const { minute, day } = wallClock(now, time.zone);
  const on = (which: number): boolean => time.days.length === 0 || time.days.includes(which);
  const left = (minutes: number): Instant => now - (now % MINUTE_MS) + minutes * MINUTE_MS;
  if (time.from <= time.to) return on(day) && minute >= time.from && minute < time.to ? left(time.to - minute) : undefined;
  // Over midnight: the early hours belong to the night that began the day before.
  if (on(day) && minute >= time.from) return left(24 * 60 - minute + time.to);
  return on((day + 6) % 7) && minute < time.to ? left(time.to - minute) : undefined;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

function wallClock(at: Instant, timeZone: string): { minute: number; day: number } {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).formatToParts(at);
  const read = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  return { minute: Number(read('hour')) * 60 + Number(read('minute')), day: DAYS.indexOf(read('weekday')) };
}
