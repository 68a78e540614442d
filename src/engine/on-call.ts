/** Who is called for an incident: the people of its service; for a storm, which has none, those of the worst services it lists. */
import type { Context } from '../core/draft.ts';
import type { Incident } from '../core/model.ts';
import { servicesToCall } from '../core/storm.ts';

/** Slack users and user groups, each once. */
export function onCallFor(incident: Incident, context: (of: Pick<Incident, 'service'>) => Context): readonly string[] {
  const services = incident.scope === 'storm' ? servicesToCall(incident) : [incident.service];
  return [...new Set(services.flatMap((service) => context({ service }).service?.call ?? []))];
}
