/** `npm run bench [-- P3 P5] [-- --long]`: how fast we are, as ratios against floors that run beside us in the same minute. Ends 1 when a goal is missed. */
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { build } from '../scripts/build.ts';
import { ROOT } from './child.ts';
import { ingest } from './p1-ingest.ts';
import { killed } from './p2-kill.ts';
import { firstMessage } from './p3-first-message.ts';
import { acks } from './p5-acks.ts';
import { slowDisk } from './p6-slow-disk.ts';
import { coldStart, memory } from './p7-start.ts';
import { memoryAfterLoad } from './p8-after-load.ts';
import { storm } from './p9-storm.ts';
import { limits } from './p10-limits.ts';
import { history } from './p11-history.ts';
import { click } from './p12-click.ts';
import { verdict } from './p13-verdict.ts';
import { chart } from './p14-chart.ts';
import { logs } from './p16-logs.ts';
import type { Line, Row } from './row.ts';

const ROWS: readonly Row[] = [
  ingest,
  killed,
  firstMessage,
  acks,
  slowDisk,
  coldStart,
  memory,
  memoryAfterLoad,
  storm,
  limits,
  history,
  click,
  verdict,
  chart,
  logs,
];

const words = process.argv.slice(2).map((word) => word.toUpperCase());
const long = words.includes('--LONG');
const wanted = words.filter((word) => word !== '--LONG');
const known = ROWS.flatMap(({ ids }) => ids);
const strange = wanted.filter((word) => !known.includes(word));
if (strange.length > 0) {
  console.error(`There is no row ${strange.join(', ')}; the rows are ${known.join(', ')}, and --long takes minutes where the others take seconds.`);
  process.exit(64); // sysexits.h: EX_USAGE
}

const load = (): string =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(' ');
const cell = (text: string, width: number): string => text.padEnd(width);

console.log(
  `Tagback bench · ${new Date().toISOString().slice(0, 16)}Z · Node ${process.version} · ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'} · load ${load()}`,
);
console.log('× = ours ÷ floor, both measured in this run.\n');

// What is measured is what is shipped.
await build(join(ROOT, 'dist'));

let misses = 0;
for (const row of ROWS.filter(({ ids }) => wanted.length === 0 || ids.some((id) => wanted.includes(id)))) {
  const startedAt = performance.now();
  const lines = await row.run({ long, tell: (text) => console.log(`     … ${text}`) });
  for (const line of lines.filter(({ id }) => wanted.length === 0 || wanted.includes(id))) {
    if (!line.ok) misses += 1;
    show(line);
  }
  console.log(`     (${((performance.now() - startedAt) / 1000).toFixed(0)} s, load ${load()})\n`);
}
console.log(misses === 0 ? 'Every goal is met.' : `${misses} ${misses === 1 ? 'goal is' : 'goals are'} missed.`);
process.exit(misses === 0 ? 0 : 1);

function show({ id, what, ours, floor, ratio, goal, ok, note }: Line): void {
  const times = ratio === undefined ? '' : `${ratio.toFixed(2)} ×`;
  console.log(`${cell(id, 5)}${cell(what, 58)}${ok ? 'pass' : 'MISS'}  ${cell(times, 9)}goal ${goal}`);
  console.log(`     ours ${ours}  ·  floor ${floor}${note === undefined ? '' : `  ·  ${note}`}`);
}
