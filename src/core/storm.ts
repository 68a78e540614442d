/** Many services at once: whatever comes, few channels open, and nothing is lost. */

import { isWorse } from './alert.ts';
import type { Desk, OpenIncident } from './correlate.ts';
import type { Rules } from './correlate-rules.ts';
import type { Incident, Instant, Severity } from './model.ts';

/** There is one at a time. */
export const STORM_KEY = 'storm';

/** The storm that is under way: what is new in it came a short while ago. */
export function stormUnderWay({ open }: Desk, { noise }: Rules, now: Instant): OpenIncident | undefined {
  return open.find(({ scope, joinedAt }) => scope === 'storm' && now - joinedAt < noise.storm.quietMs);
}

/** Why what would open now belongs to a storm; undefined: it does not. */
export function stormNow({ open, closed }: Desk, { noise }: Rules, now: Instant): string | undefined {
  const { incidents, alerts, services, withinMs } = noise.storm;
  const fresh = [...open, ...closed].filter(({ opened, openedAt }) => opened === 'alert' && now - openedAt < withinMs);
  const within = `within ${Math.round(withinMs / 1000)} s`;
  // The storm's own channel is the last of them.
  if (fresh.length >= incidents - 1) return `${fresh.length} incidents opened ${within}`;
  const many = fresh.reduce((sum, one) => sum + one.alerts, 0);
  const names = new Set(fresh.flatMap((one) => one.services));
  return many >= alerts && names.size >= services ? `${many} alerts of ${names.size} services ${within}` : undefined;
}

/** Who is on call for so many services is called; a storm of fifty services shall not wake fifty teams. */
const CALLED_MOST = 5;

/**
 * The services of a storm whose people are called: the worst, and among equals those that began first, so that counts that go up and down
 * call nobody. What has cleared meanwhile still counts: it was reason enough to call. None for an incident of one service.
 */
export function servicesToCall({ scope, alerts, tallies }: Pick<Incident, 'scope' | 'alerts' | 'tallies'>): readonly string[] {
  if (scope !== 'storm') return [];
  const worst = new Map<string, Severity>();
  for (const { service, severity } of [...Object.values(alerts), ...tallies]) {
    const known = service === undefined ? undefined : worst.get(service);
    if (service !== undefined && (known === undefined || isWorse(severity, known))) worst.set(service, severity);
  }
  const inOrder = [...worst].toSorted(([, a], [, b]) => Number(isWorse(b, a)) - Number(isWorse(a, b)));
  return inOrder.slice(0, CALLED_MOST).map(([service]) => service);
}
