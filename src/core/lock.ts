import type { Incident, TimelineEvent } from './model.ts';
import type { Service } from './service.ts';

/**
 * One action per service and environment at a time, across incidents: the right to deploy is taken in the same transaction that
 * completes the approvals, and given back in the one that ends the rollback.
 */
export function deployLocks(incident: Incident, events: readonly TimelineEvent[], service: Service | undefined): { take: string[]; release: string[] } {
  const take: string[] = [];
  const release: string[] = [];
  for (const event of events) {
    if (event.kind === 'rollbackApproved' && event.complete) take.push(...lockOf(incident, event.id, service));
    // Whoever is asked again holds up nobody else meanwhile.
    if (event.kind === 'rollbackEnded' || event.kind === 'rollbackReplanned') release.push(...lockOf(incident, event.id, service));
  }
  return { take, release };
}

function lockOf(incident: Incident, id: string, service: Service | undefined): string[] {
  const plan = incident.rollbacks[id]?.plan;
  const repo = plan?.repo ?? service?.repo;
  return repo === undefined ? [] : [`deploy:${repo}:${plan?.environment ?? service?.environment}`];
}
