/** Alerts that reach an incident. A repeated firing changes nothing here: it is counted in the signal table. Only changes enter the timeline. */
import { ALERTS_KEPT_MOST, type Arrival, alertKey, isWorse, quietSince, type Tally } from './alert.ts';
import { maybeStartItself } from './automatic.ts';
import { BOT, type Context, type Draft } from './draft.ts';
import type { Actor, Incident } from './model.ts';
import { keepLooking } from './outside.ts';
import { servicesToCall } from './storm.ts';

/** For incidents of no known service; services set their own. */
const RESOLVE_AFTER_MS = 5 * 60_000;
/** An incident that alerts opened again so often is closed by people only: it neither closes nor opens for ever. */
export const REOPENED_MOST = 3;

/** In the order in which they came. What is not kept one by one is one event for all of them. */
export function onSignals(d: Draft, { arrivals, reopens }: { arrivals: readonly Arrival[]; reopens?: string | undefined }, context: Context): void {
  if (d.incident().phase === 'resolved' && !reopen(d, { arrivals, because: reopens }, context)) return;
  const called = servicesToCall(d.incident());
  const counted: Tally[] = [];
  const turns = new Set<'fired' | 'cleared'>();
  for (const arrival of arrivals) {
    const change = changeBy(d.incident(), arrival);
    if (change === undefined) continue;
    turns.add(arrival.signal.state === 'firing' ? 'fired' : 'cleared');
    if (change === 'keep') keep(d, arrival, context);
    else counted.push(change);
    raise(d, arrival);
  }
  const last = arrivals.at(-1);
  if (counted.length > 0 && last) d.happen({ kind: 'alertsCounted', changes: together(counted) }, sourceOf(last), last.because);
  const { channel } = d.incident();
  if (channel && servicesToCall(d.incident()).some((service) => !called.includes(service))) d.want({ kind: 'dress', what: 'invite' });
  if (turns.has('fired')) d.drop({ kind: 'wake', timer: { name: 'quiet' } });
  if (!turns.has('cleared') || quietSince(d.incident()) === undefined) return;
  d.want({ kind: 'wake', timer: { name: 'quiet' } }, context.now + (context.service?.resolveAfterMs ?? RESOLVE_AFTER_MS));
}

const sourceOf = ({ signal }: Arrival): Actor => ({ kind: 'source', name: signal.source });

/** False: it stays resolved. */
function reopen(d: Draft, { arrivals, because }: { arrivals: readonly Arrival[]; because: string | undefined }, context: Context): boolean {
  const first = arrivals.find(({ signal }) => signal.state === 'firing');
  if (because === undefined || !first) return false;
  const isLast = d.incident().reopenings + 1 >= REOPENED_MOST;
  d.happen({ kind: 'reopened' }, sourceOf(first), isLast ? `${because}; from now on it stays open until somebody closes it` : because);
  keepLooking(d, context);
  return true;
}

/** undefined: nothing new. An alert that is known here and not kept is one of the counted. */
function changeBy({ alerts }: Incident, { signal, before }: Arrival): Tally | 'keep' | undefined {
  const { service, severity, state, at } = signal;
  const kept = alerts[alertKey(signal)];
  if (kept) return kept.state === state ? undefined : 'keep';
  if (state === before || (before === undefined && state === 'resolved')) return undefined;
  if (before === undefined && Object.keys(alerts).length < ALERTS_KEPT_MOST) return 'keep';
  return { service, severity, firing: state === 'firing' ? 1 : -1, seen: before === undefined ? 1 : 0, changedAt: at };
}

function keep(d: Draft, arrival: Arrival, context: Context): void {
  const { signal, because } = arrival;
  d.happen({ kind: signal.state === 'firing' ? 'alerted' : 'alertCleared', signal }, sourceOf(arrival), because);
  if (signal.state === 'firing') maybeStartItself(d, context);
}

/** A storm is as severe as the worst of it; the severity of one service's incident is for its first alert and for people to say. */
function raise(d: Draft, { signal }: Arrival): void {
  const { scope, severity } = d.incident();
  if (scope !== 'storm' || signal.state !== 'firing' || !isWorse(signal.severity, severity)) return;
  d.happen({ kind: 'severityChanged', to: signal.severity }, BOT, `an alert of ${signal.service ?? 'no known service'} is ${signal.severity.toUpperCase()}`);
}

/** One entry per service and severity. */
function together(changes: readonly Tally[]): readonly Tally[] {
  const sums = new Map<string, Tally>();
  for (const change of changes) {
    const key = JSON.stringify([change.service, change.severity]);
    const before = sums.get(key);
    sums.set(
      key,
      before
        ? {
            ...change,
            firing: before.firing + change.firing,
            seen: before.seen + change.seen,
            changedAt: Math.max(before.changedAt, change.changedAt),
          }
        : change,
    );
  }
  return [...sums.values()];
}
