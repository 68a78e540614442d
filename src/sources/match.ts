/** Which service of services.yml a signal belongs to. */
import type { Catalog, Service } from '../core/service.ts';
import type { RawSignal } from './source.ts';

/**
 * In this order: the service the source itself named; the first service one of whose label sets fits (all labels equal, `*` = present);
 * a label `service` that is a service's name. undefined: nobody's, and it still opens an incident.
 */
export function matchService(signal: Pick<RawSignal, 'labels' | 'service'>, catalog: Pick<Catalog, 'services'>): Service | undefined {
  const named = catalog.services.find(({ name }) => name === signal.service);
  if (named) return named;
  return (
    catalog.services.find(({ match }) => match.some((set) => fits(signal.labels, set))) ?? catalog.services.find(({ name }) => name === signal.labels.service)
  );
}

function fits(labels: Readonly<Record<string, string>>, set: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(set);
  return wanted.length > 0 && wanted.every(([name, value]) => Object.hasOwn(labels, name) && (value === '*' || labels[name] === value)); // an empty set would take every alert
}
