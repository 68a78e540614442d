/**
 * A rollback that nobody asked for: only where services.yml allows it, only for the alerts it names, only soon after a release, once, and
 * only over a green pre-flight. While it counts down, anybody may stop it.
 */
import { BOT, type Context, type Draft } from './draft.ts';
import type { Alert, Incident, Instant, OutsideChange } from './model.ts';
import type { Rollback } from './rollback.ts';
import type { Automatic } from './service.ts';
import { startRollback } from './start-rollback.ts';

export function maybeStartItself(d: Draft, context: Context): void {
  const rule = context.service?.rollback.automatic;
  const alert = rule && whyNow(d.incident(), rule, context.now);
  if (!rule || !alert) return;
  const { current } = d.incident().release ?? {};
  startRollback(d, { by: BOT, tag: undefined, reason: `“${alert.summary}” so soon after ${current}`, automatic: true }, context);
}

/** The alert that starts it; undefined: none does. */
function whyNow(incident: Incident, rule: Automatic, now: Instant): Alert | undefined {
  const { deployedAt } = incident.release ?? {};
  if (incident.phase !== 'open' || deployedAt === undefined || now - deployedAt > rule.withinMs || deployedAt > now) return undefined;
  // Whoever changes what runs is in charge of it, in here or outside.
  if (Object.keys(incident.rollbacks).length > 0 || isTaken(incident)) return undefined;
  return Object.values(incident.alerts).find((alert) => alert.state === 'firing' && alert.firstAt >= deployedAt && named(alert, rule));
}

/** The end of the run that deployed the release we blame comes after its deployment. */
const OWN_END_MS = 15 * 60_000;

/** Somebody else changed what runs since the incident opened. New tags and releases alone change nothing that runs. */
export function isTaken({ outside, release }: Pick<Incident, 'outside' | 'release'>): boolean {
  const isOwnEnd = (change: OutsideChange): boolean =>
    change.what === 'run' && change.tag === release?.current && change.at - (release?.deployedAt ?? Number.NEGATIVE_INFINITY) < OWN_END_MS;
  return outside.some((change) => (change.what === 'deployment' || change.what === 'run') && !isOwnEnd(change));
}

const named = ({ labels }: Alert, { alerts }: Automatic): boolean =>
  alerts.some((set) => Object.entries(set).every(([name, value]) => (value === '*' ? Object.hasOwn(labels, name) : labels[name] === value)));

/** Green: the countdown begins. Anything else: people decide, as always. */
export function beginCountdown(d: Draft, rollback: Rollback, context: Context): boolean {
  const rule = context.service?.rollback.automatic;
  if (!rollback.automatic || !rule || rollback.plan?.light !== 'green' || isTaken(d.incident())) return false;
  // Where a person has answered or chosen, people decide.
  if (rollback.strategy !== undefined || rollback.answers.migrations !== undefined) return false;
  const startsAt = context.now + rule.countdownMs;
  d.happen({ kind: 'rollbackCounting', id: rollback.id, startsAt }, BOT, 'services.yml allows it, and every check is green');
  d.want({ kind: 'wake', timer: { name: 'startsItself', rollback: rollback.id } }, startsAt);
  return true;
}
