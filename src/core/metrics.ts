/** Timeline → the four times a team learns from. Undefined: it did not happen, or we could not know. */
import { atOpening, blamed } from './course.ts';
import type { Incident } from './model.ts';

export interface Times {
  /** Bad release deployed → incident opened. */
  readonly detectMs: number | undefined;
  /** Opened → a person acted. */
  readonly acknowledgeMs: number | undefined;
  /** Opened → users well again, by the verdict. */
  readonly mitigateMs: number | undefined;
  /** Opened → resolved. */
  readonly resolveMs: number | undefined;
}

export function timesOf(incident: Incident): Times {
  const since = (at: number | undefined, from: number | undefined): number | undefined =>
    at === undefined || from === undefined ? undefined : Math.max(0, at - from);
  const { openedAt, acknowledgedAt, mitigatedAt, resolvedAt } = incident;
  // Only a release that was rolled back is known to be the cause, and not if going back from it had no effect.
  const guilty = blamed(incident) === undefined ? undefined : atOpening(incident)?.deployedAt;
  return {
    detectMs: since(openedAt, guilty),
    acknowledgeMs: since(acknowledgedAt, openedAt),
    mitigateMs: since(mitigatedAt, openedAt),
    resolveMs: since(resolvedAt, openedAt),
  };
}

/** `1 h 12 min`, `4 min 10 s`, `12 s`. */
export function sayDuration(ms: number | undefined): string {
  if (ms === undefined) return '–';
  const s = Math.round(ms / 1000);
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 === 0 ? `${Math.floor(s / 60)} min` : `${Math.floor(s / 60)} min ${s % 60} s`;
  const minutes = Math.round(s / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
