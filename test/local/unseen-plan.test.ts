/** Who approves from a terminal approves what is on the screen; a plan that was made again while they were reading is another one. */
import { expect, test } from 'vitest';
import { placeOf } from '../../src/local/place.ts';
import { agree, command, requestRollback, type Terminal } from '../../src/local/terminal.ts';
import { openWorld, type World } from '../flows/world.ts';
import { ADA, GRACE, LIN, type Member, OPERATORS } from './operators.ts';
import { terminalOf } from './terminal.ts';

const at = { incident: 'INC-1', rollback: 'rb1' };

function seat(world: World, member: Member, confirm?: Terminal['confirm']) {
  const place = placeOf((world.stage.env.DATABASE_URL ?? '').replace('sqlite:', ''));
  const { terminal, said } = terminalOf({ place, token: member.token, wait: (ms) => world.pass(ms), now: () => world.clock.now() });
  return { terminal: { ...terminal, confirm }, said };
}

/** Ada has asked; over the red pre-flight somebody has to say whether the migration was run. */
async function asked(): Promise<World> {
  const world = await openWorld({ services: (text) => `${text}\n${OPERATORS}`, github: { migration: true } });
  await requestRollback(seat(world, ADA).terminal, { service: 'checkout-api', tag: 'v2.13.2', reason: 'errors since v2.14.0', dryRun: false, watch: false });
  return world;
}
const saysNotRun = (world: World) =>
  command(seat(world, LIN).terminal, 'INC-1', { wanted: { kind: 'answerMigrations', rollback: 'rb1', run: false }, watch: false });
const give = { glass: false, reason: 'looked at the schema', watch: false };

test('a plan that was made again between reading and agreeing is not agreed to', async () => {
  const world = await asked();
  const grace = seat(world, GRACE, async () => {
    await world.pass(1_000); // so that the new plan does not expire at the same moment as the old one
    await saysNotRun(world);
    return true;
  });
  expect(await agree(grace.terminal, at, give)).toBe(1);
  expect(grace.said()).toMatch(/danger Migrations/);
  expect(grace.said()).toMatch(/The plan was made again after you saw it\. Look at the new one first\. \(E_NOT_NOW\)/);
  expect((await world.incident()).rollbacks.rb1).toMatchObject({ stage: 'asking', approvals: [] });
  expect(world.dispatches()).toEqual([]);
});

test('a rollback that nobody waits for any more is not agreed to, and no question is asked', async () => {
  const world = await asked();
  expect(await command(seat(world, ADA).terminal, 'INC-1', { wanted: { kind: 'cancelRollback', rollback: 'rb1' }, watch: false })).toBe(0);
  const grace = seat(world, GRACE, () => expect.fail('there is nothing to agree to'));
  expect(await agree(grace.terminal, at, give)).toBe(1);
  expect(grace.said()).toMatch(/rb1 is cancelled; there is no plan to agree to now\./);
});

test('who says no at the last question has approved nothing', async () => {
  const world = await asked();
  const grace = seat(world, GRACE, async () => false);
  expect(await agree(grace.terminal, at, give)).toBe(1);
  expect(grace.said()).toMatch(/Nothing was done\./);
  expect((await world.incident()).rollbacks.rb1?.approvals).toEqual([]);
});
