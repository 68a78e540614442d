/** `tagback rollback …` against the whole program, by a clock the test moves: what each operator reads, and the exit code. */
import { expect, test } from 'vitest';
import { replacing } from '../flows/services.ts';
import { ADA, GRACE, LIN } from './operators.ts';
import { scene } from './seat.ts';

test('one operator asks, another approves, GitHub gets exactly one dispatch, and Slack shows the same people', async () => {
  const { world, as } = await scene();
  const asked = await as(ADA).asks();
  expect(asked.exit, asked.said).toBe(0);
  expect(asked.said).toMatch(/INC-1 rb1 · checkout-api: rollback v2\.14\.0 → v2\.13\.2/);
  expect(asked.said).toMatch(/Checks +(?:GREEN|AMBER)/);
  expect(asked.said).toMatch(/Approvals +0 of 1, by S0APPROVE, but not by who asked\n +from a terminal, still: grace, lin/);
  expect(asked.said).toMatch(/POST \/repos\/acme\/shop\/actions\/workflows\/deploy\.yml\/dispatches .*"tagback_id":"INC-1\/rb1"/);
  expect(world.dispatches()).toEqual([]);

  const approved = await as(GRACE).approves(undefined, true);
  expect(approved.exit, approved.said).toBe(0);
  expect(approved.said).toMatch(/Approved\. Going back to v2\.13\.2\./);
  expect(approved.said).toMatch(/done: GitHub reports v2\.13\.2 as deployed/);
  expect(world.dispatches()).toHaveLength(1);
  expect(world.says(/Asked by ada/)).toMatch(/approved by grace/);
  const events = await world.timeline();
  expect(events.find(({ kind }) => kind === 'rollbackRequested')?.by).toEqual({ kind: 'human', slackId: 'U0ADA', name: 'ada' });
  expect(events.find(({ kind }) => kind === 'rollbackApproved')?.by).toEqual({ kind: 'human', slackId: 'U0GRACE', name: 'grace' });
  expect(approved.said, 'done is not the end while it is being proved').toMatch(
    /done: GitHub reports v2\.13\.2 as deployed; whether it helped is being checked/,
  );
  expect(approved.said).toMatch(/Verdict +recovered/);
  expect(await as(LIN).looks()).toMatchObject({ exit: 0, said: expect.stringMatching(/Verdict +recovered/) });
});

test('who asked may not approve, neither here nor as the same person in Slack', async () => {
  const { world, as } = await scene();
  await as(LIN).asks();
  const own = await as(LIN).approves();
  expect(own).toMatchObject({ exit: 77, said: expect.stringMatching(/You asked for this rollback; somebody else has to approve it\. \(E_NOT_ALLOWED\)/) });
  expect(await world.lin.presses(/^Approve/)).toMatch(/You asked for this rollback/);
  expect(await as(ADA).approves(), 'in no group that may').toMatchObject({ exit: 77 });
  expect(world.dispatches()).toEqual([]);
  expect((await world.incident()).rollbacks.rb1?.stage).toBe('asking');
});

test('asked for in Slack, approved from a terminal; the plan is the same one', async () => {
  const { world, as } = await scene();
  await world.ada.types('/rollback checkout-api v2.13.2 --reason errors');
  await world.until('the plan', async () => (await world.incident()).rollbacks.rb1?.stage === 'asking');
  expect((await as(GRACE).approves(undefined, true)).exit).toBe(0);
  expect(world.dispatches()).toHaveLength(1);
});

const RED = { github: { migration: true } } as const;

test('over a red pre-flight two operators write down why; without a reason nothing counts', async () => {
  const { world, as } = await scene(RED);
  const asked = await as(ADA).asks();
  expect(asked.exit).toBe(0);
  expect(asked.said).toMatch(/Checks +RED.*\n +danger Migrations: .*was it run\?/);
  expect(asked.said).toMatch(/tagback rollback migrations INC-1 rb1 run\|not-run/);
  expect(await as(GRACE).approves()).toMatchObject({ exit: 2, said: expect.stringMatching(/needs a written reason of at least 10 characters\. \(E_ARGS\)/) });
  expect(await as(GRACE).approves('too short')).toMatchObject({ exit: 2 });
  const first = await as(GRACE).approves('the column is still filled by both versions');
  expect(first).toMatchObject({ exit: 0, said: expect.stringMatching(/Approved; 1 more needed\./) });
  expect(await as(GRACE).approves('the column is still filled by both versions')).toMatchObject({ exit: 77 });
  expect(world.dispatches()).toEqual([]);
  const second = await as(LIN).approves('checked the schema with the owner', true);
  expect(second.exit, second.said).toBe(0);
  expect(second.said).toMatch(/Approved by +grace: “the column is still filled by both versions”/);
  expect(world.dispatches()).toHaveLength(1);
});

test('an answer to the question of a check makes the plan again; who approves an old one from the screen is told so', async () => {
  const { world, as } = await scene(RED);
  await as(ADA).asks();
  const before = (await world.incident()).rollbacks.rb1?.expiresAt;
  const answered = await as(LIN).orders({ kind: 'answerMigrations', rollback: 'rb1', run: false });
  expect(answered.exit, answered.said).toBe(0);
  expect(answered.said).toMatch(/Checks +(?:GREEN|AMBER)/);
  expect(await as(LIN).orders({ kind: 'answerMigrations', rollback: 'rb1', run: false })).toMatchObject({
    exit: 1,
    said: expect.stringMatching(/No check of this plan asks/),
  });
  await world.pass(1_000);
  const stale = await as(GRACE).orders({ kind: 'approveRollback', rollback: 'rb1', plan: before });
  expect(stale).toMatchObject({ exit: 1, said: expect.stringMatching(/made again after you saw it/) });
  expect(await as(ADA).orders({ kind: 'chooseStrategy', rollback: 'rb1', strategy: 'make-latst' })).toMatchObject({
    exit: 1,
    said: expect.stringMatching(/make-latst cannot be used for this rollback\. Choose one of: make-latest\./),
  });
  const chosen = await as(ADA).orders({ kind: 'chooseStrategy', rollback: 'rb1', strategy: 'make-latest' });
  expect(chosen.said).toMatch(/PATCH \/repos\/acme\/shop\/releases\/\d+/);
  expect(world.dispatches()).toEqual([]);
});

test('breaking the glass: only who is named, only with a reason, and everybody is told', async () => {
  const { world, as } = await scene({ services: replacing(['expires: 10m }', 'expires: 10m, break_glass: [U0ADA] }']) });
  expect((await as(ADA).asks()).said).toMatch(/tagback rollback glass INC-1 rb1/);
  expect(await as(GRACE).breaksGlass('nobody else can be reached')).toMatchObject({ exit: 77 });
  expect(await as(ADA).breaksGlass()).toMatchObject({ exit: 2, said: expect.stringMatching(/Going alone needs a written reason/) });
  const alone = await as(ADA).breaksGlass('nobody else can be reached');
  expect(alone.exit, alone.said).toBe(0);
  expect(alone.said).toMatch(/Broke glass +ada: “nobody else can be reached”/);
  expect(world.dispatches()).toHaveLength(1);
  expect(world.says(/broke the glass/i)).toMatch(/nobody else can be reached/);
});

test('a dry run prints the very requests that are sent later, and leaves nothing behind', async () => {
  const { world, as } = await scene();
  const before = world.stage.github.requests.length;
  const dry = await as(ADA).asks({ dryRun: true });
  expect(dry.exit, dry.said).toBe(0);
  expect(dry.said).toMatch(/Nothing was stored, nothing was sent/);
  expect(dry.said).not.toMatch(/tagback rollback approve/);
  expect(world.stage.github.requests.slice(before).filter(({ method }) => method !== 'GET')).toEqual([]);
  await world.pass(30_000);
  expect(await world.program.port.openIncidents()).toEqual([]);
  expect(world.channels().filter(({ name }) => name.startsWith('inc-'))).toEqual([]);

  const requests = (text: string): readonly string[] => text.split('\n').filter((line) => /^ +(?:GET|POST|PATCH) \/repos/.test(line));
  const real = await as(ADA).asks();
  expect(requests(dry.said)).not.toEqual([]);
  expect(requests(real.said)).toEqual(requests(dry.said));
});

test.each([
  ['an unknown service', { service: 'chekout-api' }, 1, /no service of services\.yml; nothing was started\. *[Dd]id you mean 'checkout-api'/],
  ['an unknown tag', { tag: 'v2.13.9' }, 1, /v2\.13\.9 is not among the releases.*nearest are: v2\.13\.2.*\(E_TAG_UNKNOWN\)/],
  ['what is no tag', { tag: 'v1;id' }, 2, /Not a tag.*\(E_TAG_SYNTAX\)/],
  ['what runs already', { tag: 'v2.14.0' }, 1, /already live.*\(E_NOOP\)/],
])('%s is refused with its own exit code, and opens no incident', async (_, over, exit, says) => {
  const { world, as } = await scene();
  expect(await as(ADA).asks(over)).toMatchObject({ exit, said: expect.stringMatching(says) });
  expect(await world.program.port.openIncidents()).toEqual([]);
});

test('whom services.yml does not let ask is refused before an incident is opened', async () => {
  const { world, as } = await scene({ services: replacing(['expires: 10m }', 'expires: 10m, ask: [U0LIN] }']) });
  expect(await as(ADA).asks()).toMatchObject({ exit: 77 });
  expect(await world.program.port.openIncidents()).toEqual([]);
});

test('cancelled and declined end as nothing sent; a second wish waits for the first', async () => {
  const { world, as } = await scene();
  await as(ADA).asks();
  expect(await as(LIN).asks()).toMatchObject({ exit: 1, said: expect.stringMatching(/E_BUSY/) });
  expect(await as(GRACE).orders({ kind: 'declineRollback', rollback: 'rb1', reason: 'it is the database' })).toMatchObject({ exit: 0 });
  expect(await as(ADA).looks()).toMatchObject({ exit: 1, said: expect.stringMatching(/declined; nothing was sent: it is the database/) });
  await as(ADA).asks();
  expect(await as(ADA).orders({ kind: 'cancelRollback', rollback: 'rb2' })).toMatchObject({
    exit: 0,
    said: expect.stringMatching(/Cancelled\. Nothing was sent\./),
  });
  expect(await as(ADA).orders({ kind: 'cancelRollback', rollback: 'rb9' })).toMatchObject({
    exit: 1,
    said: expect.stringMatching(/no rollback rb9.*rb1, rb2/),
  });
  expect(world.dispatches()).toEqual([]);
});

test('what was rolled back goes forward again by the same rules', async () => {
  const { world, as } = await scene();
  await as(ADA).asks();
  await as(GRACE).approves(undefined, true);
  const undone = await as(ADA).orders({ kind: 'undoRollback', rollback: 'rb1', reason: 'it did not help' });
  expect(undone.exit, undone.said).toBe(0);
  expect(undone.said).toMatch(/INC-1 rb2 · checkout-api: forward again v2\.13\.2 → v2\.14\.0/);
  expect(world.dispatches()).toHaveLength(1);
});

test('a plan that nobody approves in time ends what watched it, with 1', async () => {
  const { as } = await scene();
  expect(await as(ADA).asks({ watch: true })).toMatchObject({ exit: 1, said: expect.stringMatching(/expired; nothing was sent/) });
});

test('a wrong token gets 77 and learns nothing', async () => {
  const { as } = await scene();
  await as(ADA).asks();
  const stranger = await as({ ...ADA, token: `tbop_${'x'.repeat(43)}` }).looks();
  expect(stranger).toMatchObject({ exit: 77, said: expect.stringMatching(/no operator of services\.yml has this token/) });
  expect(stranger.said).not.toMatch(/checkout|v2\.1/);
});

test('neither tokens nor what was typed reaches the log', async () => {
  const { world, as } = await scene();
  await as(ADA).asks({ reason: 'password=hunter2secret' });
  expect(world.logged()).toMatch(/asked from a terminal/);
  expect(world.logged()).not.toContain(ADA.token);
  expect(JSON.stringify(await world.timeline())).not.toContain('hunter2secret');
});
