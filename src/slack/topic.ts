import type { Incident } from '../core/model.ts';
import { serviceName } from './view-parts.ts';

/** Channel topics are plain text of at most 250 characters. */
export function topicOf(incident: Incident): string {
  const { id, severity, phase, roles, update } = incident;
  const parts = [`${id} ${severity.toUpperCase()} ${phase}`, serviceName(incident), roles.lead ? `lead ${roles.lead.name}` : 'no lead yet', update?.text];
  const topic = parts.filter((part) => part !== undefined).join(' · ');
  return topic.length <= 250 ? topic : `${topic.slice(0, 249)}…`;
}
