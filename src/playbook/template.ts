/** `{{ service.name }}` in the texts of a playbook: which names may stand there. They are filled in by core/facts.ts. */
import { closest } from '../lib/closest.ts';

/** Names a text may hold; `alert.labels.<name>` besides. */
export const TEMPLATE_NAMES = [
  'service',
  'service.name',
  'service.environment',
  'service.repo',
  'alert.summary',
  'alert.severity',
  'alert.source',
  'release.current',
  'release.previous',
  'release.minutes_before_alert',
  'incident.id',
  'incident.title',
  'incident.severity',
] as const;

/** What is wrong with the templates of a text; undefined: nothing. */
export function templateProblem(text: string): string | undefined {
  for (const [whole, inner = ''] of text.matchAll(/\{\{([^{}]{0,200})(?:\}\}|$)/g)) {
    const name = inner.trim();
    if (!whole.endsWith('}}')) return `'{{' is not closed: ${whole.slice(0, 40)}`;
    if (TEMPLATE_NAMES.some((known) => known === name) || /^alert\.labels\.[a-z_]+$/.test(name)) continue;
    const near = closest(name, TEMPLATE_NAMES);
    return `unknown variable ${name.slice(0, 60) || '(nothing)'}${near === undefined ? '' : `; did you mean ${near}?`}`;
  }
  return undefined;
}

export const TEMPLATE_HINT = `known are ${TEMPLATE_NAMES.join(', ')}, alert.labels.<name>`;
