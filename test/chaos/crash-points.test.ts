import { expect, test } from 'vitest';
import { sample } from './matrix.ts';
import { tryAll, undisturbed } from './tournament.ts';

/** Processes beside each other; each mostly waits. */
const AT_ONCE = 2;

test('killed with -9 on every side of every kind of effect, the incident ends as if nothing had happened: one channel, one dispatch, one timeline', {
  timeout: 600_000,
}, async () => {
  const clean = await undisturbed();
  const results = await tryAll(sample(), { clean, atOnce: AT_ONCE });
  expect(results.map(({ trial, run }) => ({ name: trial.name, findings: run.findings }))).toEqual(
    results.map(({ trial }) => ({ name: trial.name, findings: [] })),
  );
  const missed = results.flatMap(({ trial, run }) => (trial.plan.blows ?? []).filter((blow) => !run.struck.includes(blow)));
  expect(missed, 'seams that were never reached: these kills proved nothing').toEqual([]);
});
