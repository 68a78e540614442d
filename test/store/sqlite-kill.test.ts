import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openSqlite } from '../../src/store/sqlite.ts';

const WRITER = fileURLToPath(new URL('./killed-writer.ts', import.meta.url));
const DATABASES = 2;
const KILLS_EACH = 16;
const LONGEST_RUN_MS = 120;

interface Answered {
  readonly bodies: Set<string>;
  /** Incident number → highest version answered for. */
  readonly versions: Map<number, number>;
}

/** One life: starts the writer, lets it write a random while, kills it without warning, and notes what it had answered for. */
async function liveAndDie(path: string, generation: number, answered: Answered): Promise<void> {
  const child = spawn(process.execPath, [WRITER, path, String(generation)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), Math.random() * LONGEST_RUN_MS);
    output += chunk;
  });
  const [code, signal] = await ended(child);
  expect([code, signal], `the writer of ${path} ended by itself in life ${generation}`).toEqual([null, 'SIGKILL']);
  // What follows the last line feed was cut off by the kill.
  for (const line of output.split('\n').slice(0, -1)) {
    const [what, which = '', version] = line.split(' ');
    if (what === 'accepted') answered.bodies.add(which);
    if (what === 'committed') answered.versions.set(Number(which), Number(version));
  }
}

async function ended(child: ChildProcess): Promise<unknown[]> {
  return once(child, 'close');
}

async function killAgainAndAgain(folder: string, name: string): Promise<void> {
  const path = join(folder, `${name}.db`);
  const answered: Answered = { bodies: new Set(), versions: new Map() };
  for (let life = 1; life <= KILLS_EACH; life++) await liveAndDie(path, life, answered);
  expect(answered.bodies.size).toBeGreaterThan(KILLS_EACH);
  expect([...answered.versions.keys()].toSorted()).toEqual([1, 2, 3, 4]);

  const store = await openSqlite({ path });
  const kept = new Set((await store.deliveries(10_000_000)).map(({ body }) => body));
  expect([...answered.bodies].filter((body) => !kept.has(body))).toEqual([]);
  for (const [number, version] of answered.versions) {
    const id = `INC-${number}`;
    const events = await store.events(id);
    const row = await store.find(id);
    expect(row?.version).toBe(events.length);
    expect(events.length).toBeGreaterThanOrEqual(version);
    expect(events.map((event) => (event.kind === 'noted' ? Number(event.text) : Number.NaN))).toEqual(events.map((_, index) => index));
    expect(await store.tasks(id)).toHaveLength(events.length / 2);
  }
  await store.close();
}

test('nothing the store answered for is lost in 32 kill -9, and no change is there by half', { timeout: 180_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tagback-kill-'));
  await Promise.all(Array.from({ length: DATABASES }, (_, index) => killAgainAndAgain(folder, `db${index}`)));
  await rm(folder, { recursive: true });
});
