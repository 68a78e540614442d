/** `tagback export --since`: what is shown is cut, what is proved is not; of many incidents one is read at a time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fold } from '../../src/core/evolve.ts';
import { exportIncident, exportSince, readSince, type Verdict } from '../../src/export.ts';
import { incidentApi } from '../../src/http/api.ts';
import { proveAudit } from '../../src/store/audit.ts';
import { hashOf } from '../../src/store/chain.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { ada, MINUTE, Story, T0 } from '../core/given.ts';
import { changeOf, rowOf } from '../store/example.ts';
import { type Served, serve, TOKEN } from './serve.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const DAY = 24 * 60 * MINUTE;

let folder: string;
let store: Store;
let served: Served | undefined;
/** Of the API, in order. */
let reads: string[];
let proofs: number;
const path = (): string => join(folder, 'tagback.db');
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tagback-since-'));
  store = await openSqlite({ path: path() });
  reads = [];
  proofs = 0;
});
afterEach(async () => {
  await served?.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

/** `INC-n` with `notes` written down a day apart, the first at `from`. */
async function written(n: number, notes: number, from = T0): Promise<void> {
  const story = new Story().withChannel();
  for (let day = 0; day < notes; day++) story.does(ada, { kind: 'note', text: `day ${day} of ${n}`, permalink: undefined, at: undefined }, DAY);
  const events = story.events.map((event) => ({ ...event, ...(event.kind === 'opened' && { id: `INC-${n}` }), at: event.at - T0 + from }));
  await store.commit(changeOf({ ...rowOf(n), updatedAt: events.at(-1)?.at ?? from }, 0, { events }));
}

async function listen() {
  const api = incidentApi(
    {
      incident: async (id) => fold(await store.events(id)),
      timeline: async (id) => {
        reads.push(id);
        return store.events(id);
      },
      auditOf: store.auditOf,
      prove: () => {
        proofs += 1;
        return proveAudit(store);
      },
      list: (page) => {
        reads.push(`before ${page.before ?? 'now'}`);
        return store.list(page);
      },
      openIncident: () => Promise.reject(new Error('nobody asked for this')),
      services: () => [],
    },
    () => 'key',
  );
  served = await serve({ rooms: { api: { guard: { admit: () => Promise.resolve() }, ...api } } });
  return { host: '127.0.0.1', port: Number(new URL(served.url).port), apiTokens: [TOKEN] };
}

async function all(since: number) {
  let verdict: Verdict | undefined;
  const lines: string[] = [];
  for await (const line of exportSince(await listen(), since, (found) => (verdict = found))) lines.push(line);
  return { lines: lines.map((line) => JSON.parse(line)), text: lines, verdict };
}

describe('one incident', () => {
  it('shows what happened since then, and proves the whole record all the same', async () => {
    await written(1, 5);
    await written(2, 1);
    const { text, isSound, chain } = await exportIncident(await listen(), 'INC-1', T0 + 3 * DAY);
    const { shown, events, audit, incident } = JSON.parse(text);
    const whole = await store.events('INC-1');
    expect(shown).toEqual({ since: '2026-11-23T03:00:00.000Z', first: whole.length - 3, of: whole.length });
    expect(events.map((event: { text: string }) => event.text)).toEqual(['day 2 of 1', 'day 3 of 1', 'day 4 of 1']);
    expect(incident.id).toBe('INC-1');
    const rows = whole.length + (await store.events('INC-2')).length;
    expect({ isSound, chain }).toEqual({
      isSound: true,
      chain: `chain: ok, ${rows} rows checked, head ${audit.head.hash}; shown: 3 of ${whole.length} events, since 2026-11-23T03:00:00.000Z`,
    });
  });

  it('can still be checked row by row by whoever has the file', async () => {
    await written(1, 5);
    const { text } = await exportIncident(await listen(), 'INC-1', T0 + 3 * DAY);
    const { shown, events, audit } = JSON.parse(text);
    expect(audit.events).toHaveLength(events.length);
    for (const { seq, number, at, previous, hash } of audit.events)
      expect(hashOf(previous, { seq, incident: 'INC-1', number, at, body: JSON.stringify(events[number - shown.first]) })).toBe(hash);
  });

  it('is unsound although what was changed is not shown', async () => {
    await written(1, 5);
    await tamper("update event set body = replace(body, 'day 0', 'day 9') where body like '%day 0%'");
    const { isSound, chain, text } = await exportIncident(await listen(), 'INC-1', T0 + 3 * DAY);
    expect({ isSound, chain }).toEqual({ isSound: false, chain: expect.stringMatching(/^chain: broken at row \d+: .*; shown: 3 of /) });
    expect(text).not.toContain('day 9');
  });

  it('without events since then shows none, and says so', async () => {
    await written(1, 1);
    const { chain, text } = await exportIncident(await listen(), 'INC-1', T0 + 30 * DAY);
    expect(chain).toMatch(/; shown: 0 of \d+ events, since /);
    expect(JSON.parse(text)).toMatchObject({ events: [], audit: { events: [] } });
  });
});

async function tamper(sql: string): Promise<void> {
  await store.close();
  const db = new DatabaseSync(path());
  db.exec(`drop trigger event_refuses_update; ${sql}`);
  db.close();
  store = await openSqlite({ path: path() });
}

describe('all incidents of a time', () => {
  it('are those in which something happened since then, also old ones, newest first, each cut', async () => {
    await written(1, 1);
    await written(2, 5);
    await written(3, 1, T0 + 4 * DAY);
    const { lines, verdict } = await all(T0 + 4 * DAY);
    expect(lines.map(({ incident, events }) => [incident.id, events.length])).toEqual([
      ['INC-3', (await store.events('INC-3')).length],
      ['INC-2', 2],
    ]);
    expect(verdict).toEqual({
      isSound: true,
      chain: expect.stringMatching(/^chain: ok, \d+ rows checked, head [0-9a-f]{64}; shown: \d+ events of 2 incidents, since /),
    });
  });

  it('are read one at a time, only when the one before was taken, and through all pages', async () => {
    for (let n = 1; n <= 60; n++) await written(n, 0, T0 + n * MINUTE);
    const lines = exportSince(await listen(), T0 + 5 * MINUTE, () => undefined);
    const first = await lines.next();
    expect(JSON.parse(String(first.value)).incident.id).toBe('INC-60');
    expect(reads).toEqual(['before now', 'INC-60']);
    let count = 1;
    for await (const _ of lines) count += 1;
    expect(count).toBe(56);
    expect(reads.filter((read) => read.startsWith('before'))).toEqual(['before now', 'before 11']);
    expect(reads).toHaveLength(59); // two pages, 56 incidents, and one more for the proof
    expect(proofs, 'the record is proved once, however many incidents are shown').toBe(1);
  });

  it('are unsound when anything of the record was changed, also outside what is shown', async () => {
    await written(1, 3);
    await written(2, 3, T0 + 10 * DAY);
    await tamper("update event set body = replace(body, 'day 0 of 1', 'day 9 of 1') where body like '%day 0 of 1%'");
    const { verdict, text } = await all(T0 + 10 * DAY);
    expect(verdict).toEqual({ isSound: false, chain: expect.stringMatching(/^chain: broken at row .* of INC-1, is not what was written/) });
    expect(text.join('')).not.toContain('"id":"INC-1"');
  });

  it('of a time in which nothing happened are none, and it is said that nothing was checked', async () => {
    await written(1, 1);
    const { lines, verdict } = await all(T0 + 30 * DAY);
    expect(lines).toEqual([]);
    expect(verdict?.chain).toMatch(/^chain: not checked, as there is nothing to show; shown: 0 events of 0 incidents/);
  });
});

describe('the command', () => {
  async function run(...args: string[]) {
    const { port } = await listen();
    const env = { PATH: process.env.PATH, SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', GITHUB_TOKEN: 'ghp_1', API_TOKEN: TOKEN, PORT: String(port) };
    const child = spawn(process.execPath, [CLI, 'export', ...args], { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (err += text));
    const [code] = await once(child, 'close');
    return { code, out, err };
  }

  it('prints a line for each incident and one about the chain', async () => {
    const now = Date.now();
    await written(1, 1, now - 40 * DAY);
    await written(2, 1, now - 3 * DAY);
    const { code, out, err } = await run('--since', '7d');
    expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^chain: ok, .* of 1 incident, since .*\n$/) });
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).incident.id),
    ).toEqual(['INC-2']);
  });

  it('writes a file that has its name only when it is whole', async () => {
    await written(1, 1);
    expect((await run('--since', '2026-11-20T00:00Z', '-o', 'all.jsonl')).code).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'all.jsonl'), 'utf8')).incident.id).toBe('INC-1');
    expect(existsSync(join(folder, 'all.jsonl.part'))).toBe(false);
  });

  it('wants an incident or a time', async () => {
    expect(await run()).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/which incident\? Nothing was read\n→ Write tagback export INC-42, or --since 7d/),
    });
  });
});

describe('the time', () => {
  const now = Date.parse('2026-11-27T12:00:00Z');

  it.each([
    ['7d', '2026-11-20T12:00:00.000Z'],
    ['1h30m', '2026-11-27T10:30:00.000Z'],
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2026-11-20T00:00Z', '2026-11-20T00:00:00.000Z'],
    ['2026-11-20T01:00:30+01:00', '2026-11-20T00:00:30.000Z'],
  ])('%s is %s', (text, at) => {
    expect(new Date(readSince(text, now)).toISOString()).toBe(at);
  });

  it.each([
    ['yesterday', /neither a duration nor a moment/],
    ['2026-11-20T00:00', /neither a duration nor a moment/],
    ['2026-13-45', /neither a duration nor a moment/],
    ['20/11/2026', /neither a duration nor a moment/],
    ['', /neither a duration nor a moment/],
    ['2026-11-28', /lies in the future/],
  ])('“%s” is refused before anything is read', (text, says) => {
    expect(() => readSince(text, now)).toThrow(says);
  });
});
