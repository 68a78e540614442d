/** From a delivery of GitHub in the inbox to the incidents it concerns, on a real database. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Context } from '../../src/core/draft.ts';
import type { Input } from '../../src/core/model.ts';
import type { Service } from '../../src/core/service.ts';
import { openCabinet } from '../../src/engine/cabinet.ts';
import { createHandle } from '../../src/engine/handle.ts';
import { createReception } from '../../src/engine/receive.ts';
import { takeTurns } from '../../src/lib/turns.ts';
import { github } from '../../src/sources/github.ts';
import { readChanges } from '../../src/sources/read.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { ada, grace, MINUTE, plan, playbook, service, signal, T0 } from '../core/given.ts';
import { deploymentStatus, release, workflowRun } from '../sources/github-payloads.ts';

const deploys = { ...service.rollback, strategies: [{ use: 'dispatch-workflow', options: { workflow: 'deploy.yml' } }] };
const SERVICES: readonly Service[] = [
  { ...service, rollback: deploys },
  { ...service, name: 'worker', match: [], rollback: deploys },
  { ...service, name: 'staging', environment: 'staging', rollback: deploys },
  { ...service, name: 'other', repo: 'acme/other' },
];
const RUN = { id: 4711, url: 'https://github.com/acme/shop/actions/runs/4711' };

let store: Store;
let room: ReturnType<typeof furnish>;
beforeEach(async () => {
  store = await openSqlite({ path: ':memory:' });
  room = furnish(store);
});
afterEach(() => store.close());

function furnish(of: Store) {
  let now = T0;
  const logged: object[] = [];
  const context = ({ service: name }: { service: string }): Context => ({
    now,
    service: SERVICES.find((one) => one.name === name),
    playbook,
    noLeadMs: 0,
    announces: false,
  });
  const parts = {
    store: of,
    cabinet: openCabinet(of),
    clock: { now: () => now, at: () => () => undefined },
    turn: takeTurns(),
    committing: () => undefined,
    context,
    log: { info: () => undefined, warn: (fields: object) => void logged.push(fields) },
  };
  const catalog = { services: SERVICES, operators: [], announce: undefined, channelPrefix: 'inc', defaultPlaybook: undefined, generic: null };
  const reception = createReception({
    ...parts,
    catalog: () => catalog,
    read: ({ source, body, receivedAt }) =>
      source === 'github'
        ? { signals: [], changes: readChanges(github, body, { now: receivedAt, catalog }) }
        : { signals: [signal({ service: body, fingerprint: body })], changes: [] },
  });
  const handle = createHandle(parts);
  return {
    logged,
    /** An incident of each of these services, in this order: INC-1, INC-2 … */
    async open(...names: readonly string[]) {
      for (const name of names) await of.accept({ source: 'alerts', body: name, receivedAt: now });
      await reception.drain();
    },
    async github(event: string, payload: object, afterMs = MINUTE) {
      now += afterMs;
      await of.accept({ source: 'github', body: JSON.stringify({ event, payload }), receivedAt: now });
      await reception.drain();
    },
    hears: (id: string, input: Input) => handle(id, { input }),
    told: async (id: string) => (await of.events(id)).flatMap((event) => (event.kind === 'changedOutside' ? [event.change] : [])),
    /** GitHub's time, which must not be before the incidents opened. */
    at: () => new Date(now + MINUTE).toISOString(),
  };
}
const deployed = (more: Parameters<typeof deploymentStatus>[1] = {}, state = 'success') =>
  deploymentStatus(state, { ...more, status: { created_at: room.at(), ...more.status } });

describe('a change in a repository', () => {
  test('is told to every open incident of the services that live there, and to no other', async () => {
    await room.open('checkout-api', 'worker', 'staging', 'other');
    await room.github('deployment_status', deployed());
    expect(await Promise.all(['INC-1', 'INC-2', 'INC-3', 'INC-4'].map(async (id) => (await room.told(id)).length))).toEqual([1, 1, 0, 0]);
    await room.github('release', release('published', { published_at: room.at() }));
    expect(await Promise.all(['INC-1', 'INC-2', 'INC-3', 'INC-4'].map(async (id) => (await room.told(id)).length))).toEqual([2, 2, 1, 0]);
    expect(await store.counts()).toMatchObject({ inbox: 0, setAside: 0 });
  });

  test('opens nothing, and is used up when no incident is open', async () => {
    await room.github('deployment_status', deployed());
    expect(await store.counts()).toMatchObject({ inbox: 0, setAside: 0, open: 0 });
  });

  test('of another workflow than the one that deploys is not told', async () => {
    await room.open('checkout-api');
    await room.github('workflow_run', workflowRun('failure', { path: '.github/workflows/tests.yml', updated_at: room.at() }));
    expect(await room.told('INC-1')).toEqual([]);
    await room.github('workflow_run', workflowRun('failure', { updated_at: room.at() }));
    expect(await room.told('INC-1')).toHaveLength(1);
  });

  test('that cannot be read is set aside with the reason, and the next one is read', async () => {
    await room.open('checkout-api');
    await room.github('push', { repository: 7 });
    await room.github('deployment_status', deployed());
    expect(room.logged).toMatchObject([{ source: 'github', because: expect.stringContaining('E_SCHEMA') }]);
    expect(await room.told('INC-1')).toHaveLength(1);
  });

  test('that comes twice, from the webhook and again, changes nothing twice', async () => {
    await room.open('checkout-api');
    const once = deployed();
    await room.github('deployment_status', once);
    const before = await store.events('INC-1');
    await room.github('deployment_status', once);
    expect(await store.events('INC-1')).toEqual(before);
  });
});

describe('what a rollback of ours does', () => {
  beforeEach(async () => {
    await room.open('checkout-api', 'worker');
    await room.hears('INC-1', { kind: 'channelOpened', channel: { id: 'C1', name: 'inc-1' } });
    await room.hears('INC-1', { kind: 'command', by: ada, command: { kind: 'requestRollback', tag: undefined, reason: 'bad', step: undefined } });
    await room.hears('INC-1', { kind: 'rollbackPlanned', id: 'rb1', plan });
  });
  async function send(): Promise<void> {
    await room.hears('INC-1', { kind: 'command', by: grace, command: { kind: 'approveRollback', rollback: 'rb1' } });
    await room.hears('INC-1', { kind: 'rollbackSending', id: 'rb1' });
    await room.hears('INC-1', { kind: 'rollbackSent', id: 'rb1', run: { kind: 'run', ...RUN }, because: 'accepted' });
  }
  const run = { id: 1, display_title: 'Deploy v2.13.2 (INC-1/rb1)', html_url: RUN.url };

  test('is not told as a change of others, in its own incident or in another one of the same place', async () => {
    await send();
    await room.github('deployment_status', deployed({ run }));
    await room.github('deployment_status', deployed({ deployment: { payload: { tagback_id: 'INC-1/rb1' } } }));
    await room.github('workflow_run', workflowRun('success', { id: RUN.id, display_title: 'Deploy', updated_at: room.at() }));
    await room.github('deployment_status', deployed({ deployment: { ref: 'v2.14.0' } }, 'inactive'));
    expect(await room.told('INC-1')).toEqual([]);
    expect(await room.told('INC-2')).toEqual([]);
  });

  test('is known by its key after its incident was resolved, too', async () => {
    await send();
    await room.hears('INC-1', { kind: 'rollbackEnded', id: 'rb1', outcome: 'done', code: undefined, because: 'the run succeeded' });
    await room.hears('INC-1', { kind: 'command', by: ada, command: { kind: 'resolve', summary: 'done' } });
    await room.github('deployment_status', deployed({ run }), 60 * MINUTE);
    expect(await room.told('INC-2')).toEqual([]);
  });

  test('cannot be borrowed: a run that bears the key of a rollback nobody approved is told', async () => {
    await room.github('deployment_status', deployed({ run }));
    expect(await room.told('INC-1')).toMatchObject([{ tag: 'v2.13.0', by: 'eve' }]);
    expect(await room.told('INC-2')).toHaveLength(1);
  });
});
