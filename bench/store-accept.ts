/** How many deliveries a second are on disk, and how long one takes. Prints accepts/s, p50, p99 beside the floor: one write and fdatasync. */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from '../src/store/sqlite.ts';
import type { Store } from '../src/store/store.ts';

const ROUND_MS = 2_000;
const BODY = 'x'.repeat(1024);
const folder = mkdtempSync(join(tmpdir(), 'tagback-bench-'));

function report(name: string, latenciesMs: number[]): void {
  latenciesMs.sort((a, b) => a - b);
  const at = (share: number): string => (latenciesMs[Math.floor(latenciesMs.length * share)] ?? Number.NaN).toFixed(2);
  const perSecond = Math.round(latenciesMs.length / (ROUND_MS / 1000));
  console.log(`${name.padEnd(34)} ${String(perSecond).padStart(7)}/s   p50 ${at(0.5)} ms   p99 ${at(0.99)} ms`);
}

function floor(): void {
  const file = openSync(join(folder, 'floor'), 'w');
  const block = Buffer.alloc(4096, 1);
  const latenciesMs: number[] = [];
  for (const end = performance.now() + ROUND_MS; performance.now() < end; ) {
    const startedAt = performance.now();
    writeSync(file, block);
    fdatasyncSync(file);
    latenciesMs.push(performance.now() - startedAt);
  }
  closeSync(file);
  report('floor: write 4 KiB + fdatasync', latenciesMs);
}

async function accepts(store: Store, callers: number): Promise<void> {
  const latenciesMs: number[] = [];
  const end = performance.now() + ROUND_MS;
  const call = async (): Promise<void> => {
    while (performance.now() < end) {
      const startedAt = performance.now();
      await store.accept({ source: 'alertmanager', body: BODY, receivedAt: 0 });
      latenciesMs.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  report(`accept 1 KiB, ${callers} at once`, latenciesMs);
}

floor();
const store = await openSqlite({ path: join(folder, 'tagback.db') });
for (const callers of [1, 16, 64]) await accepts(store, callers);
await store.close();
rmSync(folder, { recursive: true });
