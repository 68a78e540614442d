/** `tagback export` against the API over a real database: what it says about one rollback, and about the record. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fold } from '../../src/core/evolve.ts';
import { exportIncident } from '../../src/export.ts';
import { incidentApi } from '../../src/http/api.ts';
import { proveAudit } from '../../src/store/audit.ts';
import { hashOf } from '../../src/store/chain.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { grace, plan, Story } from '../core/given.ts';
import { changeOf, rowOf } from '../store/example.ts';
import { type Served, serve, TOKEN } from './serve.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const URL_OF_RUN = 'https://github.com/acme/shop/actions/runs/7';

let folder: string;
let store: Store;
let served: Served | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tagback-export-'));
});
afterEach(async () => {
  await served?.close();
  await store.close();
  rmSync(folder, { recursive: true });
});
const path = () => join(folder, 'tagback.db');

/** INC-1 with a rollback from the wish to its end, and INC-2 whose events stand between. */
async function written(): Promise<void> {
  store = await openSqlite({ path: path() });
  const story = new Story().withChannel().asking();
  story.does(grace, { kind: 'approveRollback', rollback: 'rb1', reason: 'checked the diff' });
  story.when({ kind: 'rollbackSending', id: 'rb1' });
  story.when({ kind: 'rollbackSent', id: 'rb1', run: { kind: 'run', id: 7, url: URL_OF_RUN, requestId: 'C0FE:1234' }, because: 'accepted' });
  story.when({ kind: 'rollbackEnded', id: 'rb1', outcome: 'done', code: undefined, because: 'the run succeeded' });
  const half = Math.floor(story.events.length / 2);
  await store.commit(changeOf(rowOf(1), 0, { events: story.events.slice(0, half) }));
  await store.commit(changeOf(rowOf(2), 0));
  await store.commit(changeOf(rowOf(1), half, { events: story.events.slice(half) }));
}

async function listen(): Promise<{ host: string; port: number; apiTokens: string[] }> {
  const never = () => Promise.reject(new Error('nobody asked for this'));
  const api = incidentApi(
    {
      incident: async (id) => fold(await store.events(id)),
      timeline: (id) => store.events(id),
      auditOf: store.auditOf,
      prove: () => proveAudit(store),
      list: never,
      openIncident: never,
      services: () => [],
    },
    () => 'key',
  );
  served = await serve({ rooms: { api: { guard: { admit: () => Promise.resolve() }, ...api } } });
  return { host: '127.0.0.1', port: Number(new URL(served.url).port), apiTokens: [TOKEN] };
}

test('says of each rollback who asked, what was shown, who approved, what was sent and how it ended', async () => {
  await written();
  const { text, isSound, chain } = await exportIncident(await listen(), 'INC-1');
  const { rollbacks, events, audit } = JSON.parse(text);
  expect(rollbacks).toEqual([
    {
      id: 'rb1',
      key: 'INC-1/rb1',
      from: plan.from.tag,
      to: plan.to.tag,
      repo: 'acme/shop',
      environment: 'production',
      strategy: 'dispatch-workflow',
      askedBy: 'Ada (U0ADA)',
      askedAt: expect.stringMatching(/^2026-11-20T03:00:/),
      reason: 'it is the release',
      automatic: false,
      preflight: { light: 'green', checks: plan.checks },
      approvalsNeeded: 1,
      approvals: [{ slackId: 'U0GRACE', name: 'Grace', at: expect.stringMatching(/^2026-11-20T/), reason: 'checked the diff', glass: false }],
      sent: { at: expect.stringMatching(/^2026-11-20T/), url: URL_OF_RUN, requestId: 'C0FE:1234' },
      ended: { at: expect.stringMatching(/^2026-11-20T/), outcome: 'done', because: 'the run succeeded' },
    },
  ]);
  const rows = events.length + 1;
  expect(audit).toMatchObject({ chain: `ok, ${rows} rows checked`, rows, head: { seq: rows } });
  expect({ isSound, chain }).toEqual({ isSound: true, chain: `chain: ok, ${rows} rows checked, head ${audit.head.hash}` });
});

test('whoever has the file can check each event against its hash, without us', async () => {
  await written();
  const { text } = await exportIncident(await listen(), 'INC-1');
  const { events, audit } = JSON.parse(text);
  expect(audit.events).toHaveLength(events.length);
  for (const { seq, number, at, previous, hash } of audit.events) {
    expect(hashOf(previous, { seq, incident: 'INC-1', number, at, body: JSON.stringify(events[number]) }), `row ${seq}`).toBe(hash);
  }
});

test('without the question, reading an incident costs no proof and says nothing of it', async () => {
  await written();
  const { port } = await listen();
  const answer = await fetch(`http://127.0.0.1:${port}/api/incidents/INC-1`, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(Object.keys((await answer.json()) as object)).toEqual(['incident', 'events']);
});

async function run(port: number, id: string) {
  const env = { PATH: process.env.PATH, SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', GITHUB_TOKEN: 'ghp_1', API_TOKEN: TOKEN, PORT: String(port) };
  const child = spawn(process.execPath, [CLI, 'export', id], { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => (out += text));
  child.stderr.on('data', (text) => (err += text));
  const [code] = await once(child, 'close');
  return { code, out, err };
}

test('the command prints JSON and one line about the chain, and ends 0', async () => {
  await written();
  const { port } = await listen();
  const { code, out, err } = await run(port, 'inc-1');
  expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^chain: ok, \d+ rows checked, head [0-9a-f]{64}\n$/) });
  expect(JSON.parse(out).rollbacks).toHaveLength(1);
});

test('after somebody changed one event it says which one, still prints everything, and ends 1', async () => {
  await written();
  await store.close();
  const db = new DatabaseSync(path());
  db.exec("drop trigger event_refuses_update; update event set body = replace(body, 'U0GRACE', 'U0GHOST') where body like '%rollbackApproved%'");
  db.close();
  store = await openSqlite({ path: path() });
  const { port } = await listen();
  const { code, out, err } = await run(port, 'INC-1');
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringMatching(
      /^chain: broken at row (\d+): row \1, event \d+ of INC-1, is not what was written \(changed\); \d+ rows before it are as they were written, head /,
    ),
  });
  expect(JSON.parse(out).audit.broken).toMatchObject({ kind: 'changed', incident: 'INC-1' });
});
