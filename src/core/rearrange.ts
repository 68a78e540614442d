/** People know better than any rule which alerts belong together: out of an incident, into another, or one incident into another. */
import { type Alert, alertKey, alertWord, firingCount, type Moved, quietSince, seenCount } from './alert.ts';
import { problemKey, UNKNOWN_SERVICE } from './correlate.ts';
import type { Opening } from './decide.ts';
import { releaseReporters, takeReporters } from './decide-evidence.ts';
import { type Context, draft } from './draft.ts';
import type { Actor, Decision, Incident, IncidentId, Person, Reply, TimelineEvent } from './model.ts';
import { resolve } from './resolve.ts';

/** `what`: a service, or an alert by its word or its key. */
export type Rearrangement =
  | { readonly kind: 'split'; readonly what: string }
  | { readonly kind: 'link'; readonly what: string; readonly to: IncidentId }
  | { readonly kind: 'merge'; readonly to: IncidentId; readonly reason: string };

/** What goes, and how the incident it goes from writes that down. */
export interface Leaving extends Moved {
  readonly services: readonly string[] | 'all';
}

const refused = (code: string, text: string): Reply => ({ ok: false, code, text });

/** Why nobody may move anything out of this incident now; undefined: they may. */
export function mayRearrange(incident: Incident, by: Person): Reply | undefined {
  if (by.rank !== 'member') return refused('E_NOT_ALLOWED', 'Only full members of this workspace can do that.');
  if (incident.phase === 'resolved') return refused('E_NOT_NOW', `${incident.id} is resolved; nothing was moved. Reopen it first.`);
  return undefined;
}

/** Finds what somebody means by a word, a key or the name of a service. */
export function pick(incident: Incident, what: string): Leaving | Reply {
  const wanted = what.toLowerCase();
  const all = Object.values(incident.alerts);
  const one = all.filter((alert) => alertKey(alert) === what || alertWord(alertKey(alert)) === wanted);
  const isOfService = ({ service }: Pick<Alert, 'service'>): boolean => service?.toLowerCase() === wanted;
  const alerts = one.length > 0 ? one : all.filter(isOfService);
  const tallies = one.length > 0 ? [] : incident.tallies.filter(isOfService);
  const services = [...new Set(one.length > 0 ? [] : [...alerts, ...tallies].flatMap(({ service }) => service ?? []))];
  if (alerts.length + tallies.length === 0)
    return refused('E_ARGS', `${incident.id} has no alert and no service “${what.slice(0, 60)}”; nothing was moved. /incident alerts lists them.`);
  return { alerts, tallies, services };
}

/** The same for what was here and was taken elsewhere by hand, as this incident's own story tells it; undefined: it never went. */
export function goneElsewhere(id: IncidentId, what: string, story: readonly TimelineEvent[]): Reply | undefined {
  const wanted = what.toLowerCase();
  const isIt = (key: string): boolean => key === what || alertWord(key) === wanted;
  const went = story.findLast(
    (event) =>
      event.kind === 'alertsLeft' && (event.alerts.some(isIt) || (event.services !== 'all' && event.services.some((name) => name.toLowerCase() === wanted))),
  );
  if (went?.kind !== 'alertsLeft') return undefined;
  const by = went.by.kind === 'human' ? `, moved by ${went.by.name}` : '';
  return refused('E_NOT_NOW', `“${what.slice(0, 60)}” is no longer in ${id}: it went to ${went.to}${by}. Nothing was moved now.`);
}

/** An incident whose alerts all went would have nothing to be about. */
export function leavesNothing(incident: Incident, { alerts, tallies }: Leaving): boolean {
  return seenCount(incident) === alerts.length + tallies.reduce((sum, { seen }) => sum + seen, 0);
}

export interface Side {
  readonly incident: Incident;
  readonly context: Context;
}

export function depart({ incident, context }: Side, leaving: Leaving, { to, by }: { to: IncidentId; by: Actor }): Decision {
  const d = draft(incident, context);
  d.happen({ kind: 'alertsLeft', alerts: leaving.alerts.map(alertKey), services: leaving.services, to }, by, `they belong to ${to}`);
  const calmMs = context.service?.resolveAfterMs;
  if (calmMs !== undefined && quietSince(d.incident()) !== undefined) d.want({ kind: 'wake', timer: { name: 'quiet' } }, context.now + calmMs);
  return d.done();
}

export function arrive({ incident, context }: Side, leaving: Moved, { from, by }: { from: IncidentId; by: Actor }): Decision {
  const d = draft(incident, context);
  d.happen({ kind: 'alertsCame', from, alerts: leaving.alerts, tallies: leaving.tallies }, by, `they belong here, not to ${from}`);
  if (firingCount(d.incident()) > 0) d.drop({ kind: 'wake', timer: { name: 'quiet' } });
  return d.done();
}

/** The new incident of what was split off. `isTaken`: whether an open incident has this key. */
export function splitOpening(from: Incident, leaving: Leaving, { by, isTaken }: { by: Actor; isTaken(key: string): boolean }): Omit<Opening, 'id'> {
  const [first] = leaving.alerts;
  const [tally] = leaving.tallies;
  const service = first?.service ?? tally?.service ?? (from.scope === 'storm' ? undefined : from.service);
  const named = service === UNKNOWN_SERVICE ? undefined : service;
  const wanted = problemKey({ service: named, source: first?.source ?? 'split', fingerprint: first?.fingerprint ?? from.id });
  return {
    // The version makes it the only one of its kind: nothing else is split off at the same moment.
    key: isTaken(wanted) ? `split:${from.id}:${from.version}` : wanted,
    title: first?.summary ?? `Alerts of ${service}`,
    service: named ?? UNKNOWN_SERVICE,
    severity: first?.severity ?? tally?.severity ?? from.severity,
    by,
    because: `split off ${from.id} by ${by.kind === 'human' ? by.name : 'Tagback'}`,
    signal: undefined,
    evidence: [],
    came: { from: from.id, alerts: leaving.alerts, tallies: leaving.tallies },
  };
}

/** Why these two cannot become one now; undefined: they can. */
export function mayMerge(from: Incident, into: Incident): Reply | undefined {
  if (from.id === into.id) return refused('E_ARGS', `${from.id} cannot be merged into itself; nothing was done.`);
  if (into.phase === 'resolved') return refused('E_NOT_NOW', `${into.id} is resolved; nothing was done. Reopen it first.`);
  const busy = Object.values(from.rollbacks).find(({ stage }) => ['counting', 'applying', 'sending', 'tracking'].includes(stage));
  return busy && refused('E_NOT_NOW', `The rollback ${busy.id} of ${from.id} is still ${busy.stage}; wait for its end, then merge. Nothing was done.`);
}

/** Alerts, evidence and those who reported it go, the rest of its story stays where it happened; its channel says where to go on. */
export function merge(from: Side, into: Side, { by, reason }: { by: Actor; reason: string }): { from: Decision; into: Decision } {
  const { id, alerts, tallies, title, evidence, reporters } = from.incident;
  const target = into.incident;
  const leaving: Leaving = { alerts: Object.values(alerts), tallies, services: 'all' };
  const out = draft(from.incident, from.context);
  if (seenCount(from.incident) > 0)
    out.happen({ kind: 'alertsLeft', alerts: Object.keys(alerts), services: 'all', to: target.id }, by, `merged into ${target.id}`);
  resolve(out, { by, summary: reason, because: reason || `merged into ${target.id}`, into: { id: target.id, channel: target.channel?.id } });
  releaseReporters(out);
  const d = draft(target, into.context);
  if (seenCount(from.incident) > 0) d.happen({ kind: 'alertsCame', from: id, alerts: leaving.alerts, tallies }, by, `merged from ${id}`);
  if (evidence.length > 0) d.happen({ kind: 'evidenceAdded', items: evidence }, by, `brought along from ${id}`);
  takeReporters(d, { from: id, reporters }, by);
  d.happen({ kind: 'noted', text: `${id} (${title}) is part of this incident now.`, permalink: undefined }, by, reason || 'merged by hand');
  if (firingCount(d.incident()) > 0) d.drop({ kind: 'wake', timer: { name: 'quiet' } });
  return { from: out.done(), into: d.done() };
}
