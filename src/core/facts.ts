/** What conditions and texts of a playbook may read. Unknown things are null, so that a condition about them fails instead of passing. */
import type { Incident, Json } from './model.ts';
import { runningNow, sayRunning } from './running.ts';
import type { Service } from './service.ts';

export type Facts = Readonly<Record<string, Json>>;

/** Names of these entries are what playbook/load.ts allows at load. */
export function factsOf(incident: Incident, service: Service | undefined): Facts {
  const steps = Object.entries(incident.steps).map(([id, step]) => [factName(id), { ...step.data, outcome: step.outcome ?? '' }] as const);
  const first = Object.values(incident.alerts)[0];
  const { release } = incident;
  const now = runningNow(incident);
  return {
    ...Object.fromEntries(steps),
    incident: { id: incident.id, title: incident.title, severity: incident.severity },
    alert: {
      summary: first?.summary ?? incident.title,
      severity: first?.severity ?? incident.severity,
      source: first?.source ?? 'person',
      labels: first?.labels ?? {},
    },
    service: { name: incident.service, environment: service?.environment ?? '', repo: service?.repo ?? '' },
    release: {
      current: now?.tag ?? null,
      previous: (now?.tag === release?.current ? release?.previous : release?.current) ?? null,
      minutes_before_alert: release?.deployedAt === undefined ? null : Math.max(0, Math.floor((incident.openedAt - release.deployedAt) / 60_000)),
    },
  };
}

/** The same for texts: a condition compares a tag, a person is also told how sure it is that it runs. */
export function wordsOf(incident: Incident, service: Service | undefined): Facts {
  const facts = factsOf(incident, service);
  return isRecord(facts.release) ? { ...facts, release: { ...facts.release, current: sayRunning(incident) ?? null } } : facts;
}

/** A step id as a name in a condition: `check-logs` → `check_logs`. */
export const factName = (stepId: string): string => stepId.replaceAll('-', '_');

/** `{{ service.name }}` → its value; a value that is not known stays visible as such. */
export function fill(text: string, facts: Facts): string {
  return text.replace(/\{\{\s*([a-z_]+(?:\.[a-z_]+)*)\s*\}\}/g, (_, path: string) => {
    const value = path.split('.').reduce<Json | undefined>((at, key) => (isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined), facts);
    return value === undefined || value === null ? '(unknown)' : isRecord(value) ? ((value.name as string | undefined) ?? '(unknown)') : String(value); // a record with a name is shown by it
  });
}

function isRecord(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
