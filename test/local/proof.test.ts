/** What follows "done" on a terminal: the proof, what it means, and what is typed next. */
import { expect, test } from 'vitest';
import { proofOf, sayProof } from '../../src/local/proof.ts';
import { COMMANDS, mistyped } from '../../src/local/terminal.ts';
import { service } from '../core/given.ts';
import { replacing } from '../flows/services.ts';
import { ADA, GRACE, LIN } from './operators.ts';
import { scene } from './seat.ts';

async function rolledBack() {
  const { world, as } = await scene();
  await as(ADA).asks();
  await as(GRACE).approves();
  await world.until('the end of the run', async () => (await world.incident()).rollbacks.rb1?.stage === 'done');
  return { world, as };
}

test('a rollback that did not help ends what watched it with 1, and says how to go forward again', async () => {
  const { world, as } = await scene();
  world.stage.shop.heal();
  world.stage.shop.breakNow('dependency');
  await world.pass(120_000);
  await as(ADA).asks();
  const watched = await as(GRACE).approves(undefined, true);
  expect(watched.exit, watched.said).toBe(1);
  expect(watched.said).toMatch(/Verdict +(?:no effect|worse|blind): /);
  expect(watched.said).toMatch(/tagback rollback undo INC-1 rb1 --reason/);
  expect(await as(ADA).looks()).toMatchObject({ exit: 1 });
});

test('by when there is a proof is said, and after that nobody waits', async () => {
  const { world } = await rolledBack();
  const incident = await world.incident();
  const rollback = incident.rollbacks.rb1 ?? expect.fail('there is no rb1');
  const at = (now: number, health = service.health) => proofOf({ incident, rollback, health, now });
  const proof = at(world.clock.now());
  const begun = Math.max(rollback.endedAt ?? 0, incident.steps[incident.current ?? '']?.startedAt ?? 0);
  const by = begun + (service.health.errorRate?.patienceMs ?? 0);
  expect(proof).toEqual({ kind: 'checking', by });
  expect(sayProof({ kind: 'checking', by: 0 }, () => '12:05:00 UTC')).toEqual(['whether it helped is being checked; proof by 12:05:00 UTC at the latest']);
  expect(at(by + 3_600_000)).toMatchObject({ kind: 'missing' });
  expect(at(world.clock.now(), { ...service.health, errorRate: undefined })).toMatchObject({ kind: 'none', because: expect.stringMatching(/no error rate/) });
});

test('an incident resolved before the verdict leaves it unproven', async () => {
  const { world, as } = await rolledBack();
  await world.ada.types('/incident INC-1 resolve it is fine');
  await world.until('the end', async () => (await world.incident()).phase === 'resolved');
  expect(await as(ADA).looks(undefined, true)).toMatchObject({ exit: 1, said: expect.stringMatching(/Verdict +none: The incident was resolved first/) });
  const undone = await as(ADA).orders({ kind: 'undoRollback', rollback: 'rb1', reason: 'it was not the release' });
  expect(undone.exit, undone.said).toBe(0);
  expect(undone.said).toMatch(/INC-1 is open again\./);
  expect(await world.incident()).toMatchObject({ phase: 'open', rollbacks: { rb2: { undoes: 'rb1', stage: 'asking' } } });
  expect((await world.timeline()).find(({ kind }) => kind === 'reopened')).toMatchObject({ because: 'the rollback is taken back' });
});

test('a cancelled way forward does not hide the rollback that is live', async () => {
  const { world, as } = await rolledBack();
  await world.until('the verdict', async () => (await world.incident()).verdict);
  await as(ADA).orders({ kind: 'undoRollback', rollback: 'rb1', reason: 'try v2.14.0 again' });
  await as(ADA).orders({ kind: 'cancelRollback', rollback: 'rb2' });
  const all = await as(ADA).looks({ incident: 'INC-1' });
  expect(all.said).toMatch(
    /Runs now +v2\.13\.2\n +rb2 +forward to v2\.14\.0: cancelled; nothing was sent.*\n +rb1 +back to v2\.13\.2: done: .*verdict recovered/,
  );
  expect(all.said).toMatch(/INC-1 rb1 · checkout-api: rollback v2\.14\.0 → v2\.13\.2/);
  expect(all.exit).toBe(0);
  expect((await as(ADA).looks()).said).not.toMatch(/rb2/);
});

test('that two people cannot be reached from a terminal is said with the plan', async () => {
  const onlyGrace = replacing([/groups: \[S0ONCALL, S0APPROVE\]/, 'groups: [S0ONCALL]']);
  const { world, as } = await scene({ operators: onlyGrace, github: { migration: true } });
  const asked = await as(ADA).asks();
  expect(asked.said).toMatch(/from a terminal, still: grace\n +2 cannot be reached from here: approve in Slack/);
  expect((await as(LIN).approves('looked at the schema')).exit).toBe(77);
  expect(world.dispatches()).toEqual([]);
});

test.each([
  ['basket', 'undo', [], /'undo' is a command, not a release of basket: tagback rollback undo INC-… rb…/],
  ['apprve', 'INC-1', ['rb1'], /Did you mean 'approve'\?/],
  ['statsu', 'INC-1', [], /Did you mean 'status'\?/],
  ['basket', 'v1', ['v2'], /Expected a service and a release, or one of: request, approve/],
])('%s %s is answered with the command that was meant', (name, tag, rest, says) => {
  expect(mistyped(name, tag, rest)).toMatch(says);
});

test('a service and a release are what they are, also when the service is called like a command', () => {
  expect(mistyped('basket', 'v2.13.2', [])).toBeUndefined();
  for (const name of COMMANDS) expect(mistyped(name, 'v2.13.2', [])).toBeUndefined();
});
