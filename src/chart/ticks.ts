/** Round numbers for axes. */
import type { Instant } from '../core/model.ts';

/** 0 … at least `highest`, in 3 to 6 round steps. */
export function niceValues(highest: number): readonly number[] {
  const magnitude = 10 ** Math.floor(Math.log10(highest / 4));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * magnitude).find((candidate) => highest / candidate <= 5) ?? highest;
  const count = Math.ceil(highest / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, n) => Number((n * step).toPrecision(6)));
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const STEPS_MS = [1, 2, 5, 10, 15, 30]
  .map((n) => n * SECOND)
  .concat(
    [1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
    [1, 2, 3, 6, 12, 24].map((n) => n * HOUR),
  );

/** At most 8 round UTC times; `seconds` says whether their labels need seconds. */
export function niceTimes(from: Instant, to: Instant): { readonly at: readonly Instant[]; readonly seconds: boolean } {
  const step = STEPS_MS.find((candidate) => (to - from) / candidate <= 7) ?? 24 * HOUR;
  const at: Instant[] = [];
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) at.push(time);
  return { at, seconds: step < MINUTE };
}

/** `06:41` or `06:41:07`, UTC. */
export function clockText(at: Instant, seconds: boolean): string {
  const ofDay = Math.floor((((at % (24 * HOUR)) + 24 * HOUR) % (24 * HOUR)) / SECOND);
  const two = (n: number): string => String(n).padStart(2, '0');
  const time = `${two(Math.floor(ofDay / 3600))}:${two(Math.floor(ofDay / 60) % 60)}`;
  return seconds ? `${time}:${two(ofDay % 60)}` : time;
}
