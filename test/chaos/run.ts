/**
 * `npm run chaos`: the crash matrix (crashes.ts). `npm run chaos -- --scenario NAME [--seed N] [--intents N]`: one question asked of many
 * rollbacks; the last line says what came of it, and the end is 1 when anything was wrong or a fault struck too rarely to prove anything.
 * `--scenario flood` asks its question of ten thousand alerts (flood.ts).
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import bundleBots from '../bundled-bots.ts';
import { ambiguous } from './rollbacks/ambiguous.ts';
import { approvals } from './rollbacks/approvals.ts';
import { lateFire } from './rollbacks/late-fire.ts';
import { addUp, lineOf, type Outcome, runScenario, STRUCK_AT_LEAST } from './rollbacks/scenario.ts';

const SCENARIOS = [ambiguous, lateFire, approvals];
const { values } = parseArgs({
  options: { scenario: { type: 'string' }, seed: { type: 'string' }, intents: { type: 'string' }, share: { type: 'boolean' } },
  allowPositionals: true,
});

if (values.scenario === undefined) await crashes();
else if (values.scenario === 'flood') await (await import('./flood.ts')).flood(Number(values.seed ?? Date.now() % 1_000_000));
else await one(values.scenario);

async function crashes(): Promise<void> {
  const remove = await bundleBots();
  process.once('exit', remove);
  await import('./crashes.ts'); // reads where they are
}

async function one(name: string): Promise<void> {
  const scenario = SCENARIOS.find((known) => known.name === name);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const intents = Number(values.intents ?? scenario?.intents);
  if (!scenario || !Number.isInteger(seed) || !Number.isInteger(intents) || intents < 1) {
    process.stderr.write(`usage: npm run chaos -- --scenario ${[...SCENARIOS.map((known) => known.name), 'flood'].join('|')} [--seed N] [--intents N]\n`);
    process.exit(78);
  }
  if (values.share) {
    process.stdout.write(`${JSON.stringify(await runScenario(scenario, { seed, intents }))}\n`);
    return;
  }
  // One process per core: client, proxy and GitHub share one, and they are all work.
  const workers = Math.min(availableParallelism(), intents);
  const shares = Array.from({ length: workers }, (_, n) => Math.floor(intents / workers) + (n < intents % workers ? 1 : 0));
  const begin = performance.now();
  const outcomes = await Promise.all(shares.map((share, n) => child(name, { seed: seed + n, intents: share })));
  const all = addUp(outcomes);
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  for (const note of all.score.notes.slice(0, 20)) say(`WRONG  ${note}`);
  say(`ends: ${JSON.stringify(all.score.ends)}`);
  say(`struck: ${JSON.stringify(all.struck)} (each at least ${STRUCK_AT_LEAST} times, or it proves nothing)`);
  say(`${((performance.now() - begin) / 1000).toFixed(1)} s`);
  say(lineOf(name, seed, all.score));
  process.exitCode = all.ok && all.score.intents === intents ? 0 : 1;
}

function child(name: string, { seed, intents }: { seed: number; intents: number }): Promise<Outcome> {
  const args = [import.meta.filename, '--share', '--scenario', name, '--seed', String(seed), '--intents', String(intents)];
  const started = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => started.kill('SIGKILL'));
  let said = '';
  started.stdout.on('data', (part: Buffer) => {
    said += part.toString();
  });
  return new Promise((resolve, reject) => {
    started.once('error', reject);
    started.once('close', (code) => (code === 0 ? resolve(JSON.parse(said) as Outcome) : reject(new Error(`a worker ended with ${code}`)))); // written by runScenario
  });
}
