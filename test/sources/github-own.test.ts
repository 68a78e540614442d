/** A deployment that fails opens an incident, unless a rollback of ours is what failed. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ada, grace, plan, service, T0 } from '../core/given.ts';
import { workflowRun } from './github-payloads.ts';
import { openReception, type Reception } from './reception.ts';

const shop = { ...service, rollback: { ...service.rollback, strategies: [{ use: 'dispatch-workflow', options: { workflow: 'deploy.yml' } }] } };
const RUN = { id: 4711, url: 'https://github.com/acme/shop/actions/runs/4711' };
let room: Reception;
beforeEach(async () => {
  room = await openReception([shop], T0);
});
afterEach(() => room.close());
const failed = (more: object = {}) =>
  JSON.stringify({ event: 'workflow_run', payload: workflowRun('failure', { updated_at: new Date(room.now()).toISOString(), ...more }) });
const alertsOf = async (id: string, body: string) => Object.keys((await room.take('github', body)).find((one) => one.id === id)?.alerts ?? {});

async function rollBack(): Promise<void> {
  await room.take('updown', JSON.stringify({ check: 'c', status: 'down', service: 'checkout-api' }));
  await room.hears('INC-1', { kind: 'channelOpened', channel: { id: 'C1', name: 'inc-1' } });
  await room.hears('INC-1', { kind: 'command', by: ada, command: { kind: 'requestRollback', tag: undefined, reason: 'bad', step: undefined } });
  await room.hears('INC-1', { kind: 'rollbackPlanned', id: 'rb1', plan });
}
async function send(): Promise<void> {
  await room.hears('INC-1', { kind: 'command', by: grace, command: { kind: 'approveRollback', rollback: 'rb1' } });
  await room.hears('INC-1', { kind: 'rollbackSending', id: 'rb1' });
  await room.hears('INC-1', { kind: 'rollbackSent', id: 'rb1', run: { kind: 'run', ...RUN }, because: 'accepted' });
}

test('it opens the incident of its service, and is no change by others in there', async () => {
  expect(await alertsOf('INC-1', failed())).toEqual(['github:deploy:acme/shop:deploy.yml:checkout-api']);
  expect(await room.told('INC-1')).toEqual([]);
});

test('by the number of its run a rollback is known, though the run bears no key', async () => {
  await rollBack();
  await send();
  expect(await alertsOf('INC-1', failed({ id: RUN.id, display_title: 'Deploy' }))).toEqual(['updown:c']);
});

test('a key alone is not believed: the rollback it names must have been sent', async () => {
  await rollBack();
  expect(await alertsOf('INC-1', failed({ display_title: 'Deploy (INC-1/rb1)' }))).toHaveLength(2);
  await send();
  expect(await room.told('INC-1')).toHaveLength(1);
});
