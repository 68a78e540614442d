/** `npm run chaos` without a scenario: every seam × every side, crashes while recovering, look-ups that fail, and kills at random moments. Ends 1 when anything is wrong. */
import { fullMatrix } from './matrix.ts';
import { seeded } from './random.ts';
import { type Result, tryAll, undisturbed } from './tournament.ts';

const AT_ONCE = Number(process.env.CHAOS_AT_ONCE ?? 4);
/** `npm run chaos -- dispatches` runs the trials whose name holds that word. */
const only = process.argv[2];

// An end by signal is an end too: the bots are taken along (process.ts).
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const begin = performance.now();
const random = seeded();
const say = (line: string): void => void process.stdout.write(`${line}\n`);
say(`seed ${random.seed}; SEED=${random.seed} repeats the random part`);
const clean = await undisturbed();
const trials = fullMatrix(clean, random).filter(({ name }) => only === undefined || name.includes(only));
say(`${trials.length} trials, ${AT_ONCE} at once; an undisturbed incident takes ${seconds(clean.tookMs)}`);
const results = await tryAll(trials, { clean, atOnce: AT_ONCE, tell });

const bad = results.filter(({ run }) => run.findings.length > 0);
const empty = results.filter(({ counts }) => !counts);
const kills = results.reduce((sum, { run }) => sum + run.kills, 0);
const slowest = Math.max(...results.map(({ run }) => run.tookMs));
say(
  `\n${results.length} incidents, ${kills} kills, ${bad.length} wrong, ${empty.length} without effect (the seam was not reached), slowest ${seconds(slowest)}, ${seconds(performance.now() - begin)} in all`,
);
for (const { trial, run } of bad) say(`\nWRONG  ${trial.name}\n  ${run.findings.join('\n  ')}`);
for (const { trial } of empty) say(`EMPTY  ${trial.name}`);
process.exitCode = bad.length > 0 || empty.length * 10 > results.length ? 1 : 0;

function tell({ trial, run, counts }: Result): void {
  const verdict = run.findings.length > 0 ? 'WRONG' : counts ? 'ok' : 'empty';
  say(
    `${verdict.padEnd(6)} ${seconds(run.tookMs).padStart(7)}  ${trial.name}${run.findings.map((finding) => `\n           ${finding.split('\n')[0]}`).join('')}`,
  );
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
