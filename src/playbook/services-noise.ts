/** services.yml → how alerts become incidents. */
import type { z } from 'zod';
import type { Joining, Maintenance, Noise } from '../core/correlate-rules.ts';
import { didYouMean } from '../lib/closest.ts';
import { parseDuration } from '../lib/duration.ts';
import { problem } from './issues.ts';
import type { Problem } from './problem.ts';
import type { maintenanceWindow } from './services-noise-shape.ts';
import { minuteOf } from './services-rollback.ts';
import { DAYS } from './services-rollback-shape.ts';
import type { CatalogFile, ServiceEntry } from './services-shape.ts';
import type { YamlSource } from './yaml-values.ts';

/** `off` is 0; everything else has been checked. */
const ms = (text: string): number => parseDuration(text) ?? 0;

export function readJoining({ join_within: within, open_after: after, flap }: Pick<ServiceEntry, 'join_within' | 'open_after' | 'flap'>): Joining {
  const openAfter = (Array.isArray(after) ? after : [after]).map(({ times, within: so, match }) => ({ times, withinMs: ms(so), match }));
  return { joinWithinMs: within === undefined ? undefined : ms(within), openAfter, flapMs: ms(flap) };
}

export function readNoise({ storm, maintenance, own_alerts: own }: Pick<CatalogFile, 'storm' | 'maintenance' | 'own_alerts'>): Noise {
  const { incidents, alerts, services, within, quiet } = storm;
  return { storm: { incidents, alerts, services, withinMs: ms(within), quietMs: ms(quiet) }, maintenance: maintenance.map(readWindow), own };
}

function readWindow(entry: z.output<typeof maintenanceWindow>): Maintenance {
  const { services, match: labels, reason, from, until } = entry;
  if (!('zone' in entry)) return { services, labels, reason, time: { kind: 'once', from: Date.parse(from), until: Date.parse(until) } };
  const days = (entry.days ?? []).map((day) => DAYS.indexOf(day));
  return { services, labels, reason, time: { kind: 'weekly', days, from: minuteOf(from), to: minuteOf(until), zone: entry.zone } };
}

/** A window of a service that does not exist silences nothing, and nobody would notice. */
export function maintenanceProblems(source: YamlSource, { maintenance, services }: Pick<CatalogFile, 'maintenance' | 'services'>): readonly Problem[] {
  const names = Object.keys(services);
  return maintenance.flatMap(({ services: meant = [] }, window) =>
    meant.flatMap((name, index) =>
      names.includes(name)
        ? []
        : [
            problem({ source, path: ['maintenance', window, 'services', index] }, 'E_PLAYBOOK_REF', [
              `there is no service '${name.slice(0, 60)}' in this file.${didYouMean(name, names)}`,
              `services here: ${names.slice(0, 20).join(', ') || 'none'}`,
            ]),
          ],
    ),
  );
}
