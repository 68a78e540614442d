import { expect, it } from 'vitest';
import { judge, type Sample } from '../../src/core/verdict.ts';

const STEP_MS = 1_000;
const limits = { threshold: 0.02, quietMs: 1_000, patienceMs: 60_000, stepMs: STEP_MS, windowMs: 60_000 };
/** One reading a second from `from` on, the last of them `ageMs` before the end. */
const series = (span: { from: number; to: number; ageMs: number }, value: (at: number) => number): Sample[] =>
  Array.from({ length: (span.to - span.from) / STEP_MS }, (_, n) => span.from + n * STEP_MS + (STEP_MS - span.ageMs)).map((at) => ({ at, value: value(at) }));

it.each([0, 1, 499, 500, 501, 721, 999])('a quiet time of one step is seen whatever the age of the newest sample (%i ms)', (ageMs) => {
  const [since, now] = [100_000, 130_000];
  const span = { from: 30_000, to: now, ageMs };
  const errors = series(span, (at) => (at > 92_000 && at <= since + 2_000 ? 0.4 : 0.004));
  const traffic = series(span, () => 500);
  const judged = judge({ now, since, errors, traffic, baseline: { from: 32_000, to: 92_000 }, during: { from: 92_000, to: since }, limits });
  expect(judged).toMatchObject({ kind: 'verdict', verdict: { kind: 'recovered' } });
});
