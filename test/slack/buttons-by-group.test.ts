/** Who may ask or approve can be a user group: what is pressed on a rollback asks Slack, at the click, whether the person is in it. */
import { expect, test } from 'vitest';
import type { Input } from '../../src/core/model.ts';
import { render } from '../../src/slack/view.ts';
import { lit, OK, planned, question } from './rollback-stories.ts';
import { ada, bob, said } from './stories.ts';
import { everyTestHasATown } from './town.ts';

// Slack has Bob in S0SRE; services.yml names that group for checkout-api.
const town = everyTestHasATown();
const IN_THE_GROUP = { slackId: 'U0BOB', groups: ['S0SRE'] };

const feed = (...inputs: readonly Input[]): void => {
  for (const input of inputs) town.engine.feed(town.incident, input);
};
async function press(slot: string, action: string, value?: string): Promise<void> {
  await town.slack.as('U0BOB').click(town.room, await town.show(slot), action, value);
  await town.settled();
}
const asked = (plan = lit('green')): void => feed(said(ada, { kind: 'requestRollback', tag: 'v2.13.2', reason: '5xx rose', step: undefined }), planned(plan));

test.each(['approveRollback', 'cancelRollback'] as const)('%s', async (kind) => {
  asked();
  await press('rollback:rb1', kind);
  expect(town.engine.asked).toMatchObject([{ by: IN_THE_GROUP, command: { kind } }]);
});

test('answerMigrations: an answer can turn red into green', async () => {
  asked(lit('amber', 'x', { checks: [...OK, question('did it run?')] }));
  await press('rollback:rb1', 'answerMigrations:run');
  expect(town.engine.asked).toMatchObject([{ by: IN_THE_GROUP, command: { kind: 'answerMigrations' } }]);
});

test('chooseStrategy: another way is another plan', async () => {
  asked(lit('green', 'x', { others: [{ strategy: 'rerun-deploy', applicable: true, because: 'comes later in services.yml' }] }));
  const card = JSON.stringify(render(town.engine.get(town.incident), 'rollback:rb1', { links: {} })?.blocks);
  await press('rollback:rb1', 'more', /"(chooseStrategy\|[^"]+)"/.exec(card)?.[1] ?? expect.fail('the menu offers it'));
  expect(town.engine.asked).toMatchObject([{ by: IN_THE_GROUP, command: { kind: 'chooseStrategy', strategy: 'rerun-deploy' } }]);
});

test('answerStep: an answer of the playbook can ask for a rollback', async () => {
  const ran = (step: string): Input => ({ kind: 'stepEnded', step, run: 1, ending: { kind: 'done', outcome: 'done', say: 'x', data: {} } });
  feed(said(bob, { kind: 'skipStep', step: 'collect', run: 1, reason: 'no time' }), ran('logs'), ran('tell'));
  expect(town.engine.get(town.incident).current).toBe('decide');
  await press('step:decide:1', 'answerStep:0');
  expect(town.engine.asked).toMatchObject([{ by: IN_THE_GROUP, command: { kind: 'answerStep', choice: 'yes' } }]);
});

test('what rests on no group asks for none: each is a call to Slack before anything is decided', async () => {
  await town.slack.as('U0BOB').slash(town.room, '/incident', 'note all calm');
  await town.settled();
  expect(town.engine.asked).toMatchObject([{ by: { slackId: 'U0BOB', groups: [] }, command: { kind: 'note' } }]);
});
