/**
 * `npm run fuzz [-- [--seed N] [--runs N] [NAME…]]`: 100,000 bodies for each source. The last line of a source says what came of it; the end is 1
 * when a body crashed a parser, took too long, was refused without a place, or was accepted and could not be.
 */
import { parseArgs } from 'node:util';
import { SOURCES } from '../../src/sources/index.ts';
import { fuzz } from './fuzz.ts';
import { world } from './fuzz-world.ts';

const { values, positionals } = parseArgs({ options: { seed: { type: 'string' }, runs: { type: 'string' } }, allowPositionals: true });
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const runs = Number(values.runs ?? 100_000);
const known = SOURCES.map(({ name }) => name);
if (!Number.isInteger(seed) || !Number.isInteger(runs) || runs < 1 || positionals.some((name) => !known.includes(name))) {
  process.stderr.write(`usage: npm run fuzz [-- [--seed N] [--runs N] [NAME…]]; the sources are: ${known.join(', ')}\n`);
  process.exit(78);
}

for (const source of SOURCES.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  const begin = performance.now();
  const { problems, accepted, refused, slowestMs } = fuzz(source, { seed, runs, world });
  for (const problem of problems) process.stdout.write(`WRONG  ${problem}\n`);
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  process.stdout.write(
    `fuzz ${source.name} seed=${seed} accepted=${accepted} refused=${refused} wrong=${problems.length} slowestMs=${slowestMs.toFixed(1)} s=${seconds}\n`,
  );
  if (problems.length > 0) process.exitCode = 1;
}
