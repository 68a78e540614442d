/** When something began or ended, in the words of many senders. */
import { Failure } from '../lib/failure.ts';

const FUTURE_MAX_MS = 24 * 3_600_000;
/** No offset: UTC is meant, not the time zone of this machine. */
const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)\s?(Z|[+-]\d\d:?\d\d)?$/i;

/**
 * RFC 3339, or seconds, milliseconds, micro- or nanoseconds since 1970. undefined: not known, which zero, years before 1970 and an empty text
 * mean to senders. Throws E_SCHEMA, E_TIME_RANGE with the path.
 */
export function readMoment(value: string | number | null | undefined, { path, now }: { readonly path: string; readonly now: number }): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const isNumber = typeof value === 'number' || /^-?\d{1,19}(?:\.\d{1,9})?$/.test(value);
  const at = Math.round(isNumber ? inMs(Number(value)) : Date.parse(isoOf(String(value))));
  if (Number.isNaN(at)) throw new Failure('E_SCHEMA', `${path}: expected RFC 3339 time, or a time since 1970`, { path, hint: HINT, permanent: true });
  if (at - now > FUTURE_MAX_MS)
    throw new Failure('E_TIME_RANGE', `${path}: more than 24 h in the future`, { path, hint: 'check the clock of the sender', permanent: true });
  return at > 0 ? at : undefined;
}

const HINT = 'send it as 2026-11-20T06:50:39Z, or leave it out: then the time of arrival holds';

/** Seconds reach 1e11 in the year 5138; milliseconds, micro- and nanoseconds passed 1e11, 1e14 and 1e17 in 1973. */
function inMs(count: number): number {
  if (count < 1e11) return count * 1e3;
  if (count < 1e14) return count;
  return count < 1e17 ? count / 1e3 : count / 1e6;
}

function isoOf(text: string): string {
  const [, day, time, zone = 'Z'] = ISO.exec(text) ?? [];
  return day === undefined || time === undefined ? '' : `${day}T${time}${zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone}`;
}
