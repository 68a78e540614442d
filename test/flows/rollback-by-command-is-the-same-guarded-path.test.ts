import { expect, it } from 'vitest';
import { isApproved } from './story.ts';
import { openWorld } from './world.ts';

it('/rollback with service, tag and reason: an incident, a plan, an approval, one dispatch of that tag, a proof', async () => {
  const world = await openWorld();
  const reads = await world.ada.types('/rollback checkout-api v2.13.1 --reason checkout fails for everybody');
  expect(reads).toMatch(/making a plan|make a plan|Nothing happens before somebody approves/i);
  await world.until('the plan', () => world.message(/✋ Waiting for approval/));
  expect(world.dispatches()).toEqual([]);
  expect(world.says(/✋ Waiting for approval/)).toMatch(/v2\.14\.0 → v2\.13\.1[\s\S]*checkout fails for everybody/);
  await isApproved(world);
  await world.until('the verdict', () => world.message(/^Recovered/));
  expect(world.dispatches().map(({ detail }) => detail.inputs)).toEqual([{ tag: 'v2.13.1', reason: 'checkout fails for everybody', tagback_id: 'INC-1/rb1' }]);
  expect(world.stage.shop.release()).toBe('v2.13.1');
});

it('in the channel of the incident the service is known, and the form offers the healthy one first', async () => {
  const world = await openWorld();
  await world.alertFires();
  await world.pass(5_000);
  const { name } = world.channel();
  await world.ada.types('/rollback', name);
  expect(world.ada.screen()?.title).toBe('Roll back');
  expect(world.ada.screen()?.text).toMatch(/v2\.13\.2 \(ran healthy before\)/);
  await world.ada.fills({ reason: 'errors since v2.14.0' });
  await world.until('the plan', () => world.message(/✋ Waiting for approval/));
  expect(await world.incident()).toMatchObject({ rollbacks: { rb1: { tag: 'v2.13.2', reason: 'errors since v2.14.0', by: { slackId: 'U0ADA' } } } });
  expect(await world.ada.types('/rollback v2.13.1', name)).toMatch(/rb1 is already under way here.*E_BUSY/s);
});

const LONG = 'a'.repeat(3_000);
const REFUSED: readonly (readonly [id: string, typed: string, answer: RegExp])[] = [
  ['C02', '/rollback v2.13.2 v2.13.1', /One tag expected, got 2[\s\S]*E_ARGS/],
  ['C03', '/rollback latest', /'latest' is not a tag[\s\S]*E_TAG_SYNTAX/],
  ['C04', '/rollback v1.2.3; rm -rf /', /E_TAG_SYNTAX|E_ARGS/],
  ['C05', '/rollback ../../etc/passwd', /E_TAG_SYNTAX/],
  ['C06', '/rollback v2.13.2\u200b', /hidden character U\+200B at position 7; did you mean v2\.13\.2\?[\s\S]*E_TAG_SYNTAX/],
  ['C08', '/rollback v2.13.9', /v2\.13\.2[\s\S]*E_TAG_UNKNOWN/],
  ['C11', '/rollback refs/heads/main', /a branch is not a release[\s\S]*E_TAG_SYNTAX/],
  ['C12', '/rollback v2.13.2 --repo other/secret', /Allowed are: acme\/shop[\s\S]*E_REPO_NOT_ALLOWED/],
  ['C13', `/rollback ${LONG}`, /longer than 128[\s\S]*E_TAG_SYNTAX/],
  ['C14', '/rollback <@U123|bob> v1', /E_TAG_SYNTAX/],
];

it('a wrong tag is answered with what to type instead; nothing is opened, asked or sent (C01–C14)', async () => {
  const world = await openWorld();
  const usage = await world.ada.types('/rollback');
  for (const tag of ['v2.13.2', 'v2.13.1']) expect(usage).toContain(`/rollback checkout-api ${tag}`);
  for (const [id, typed, answer] of REFUSED) {
    const reads = await world.ada.types(typed);
    expect(reads, id).toMatch(answer);
    expect(reads.length, id).toBeLessThan(600);
    expect(reads, id).not.toContain('<@');
    await world.pass(6_000);
  }
  expect(world.channels().filter(({ name }) => name.startsWith('inc-'))).toEqual([]);
  expect(world.stage.github.effects).toEqual([]);
});

it('the tag that is live is answered with E_NOOP before anything is opened (C09)', async () => {
  const world = await openWorld();
  expect(await world.ada.types('/rollback v2.14.0')).toMatch(/already live[\s\S]*nothing to do[\s\S]*E_NOOP/);
});

it('a newer release than the live one is no rollback (C10); in the channel the nearest tags are named, too (C08)', async () => {
  const world = await openWorld();
  await world.ada.types('/rollback checkout-api v2.13.2');
  await isApproved(world);
  await world.until('the verdict', () => world.message(/^Recovered/));
  const { name } = world.channel();
  await world.ada.types('/rollback v2.14.0', name);
  await world.until('the refusal', () => world.message(/roll-forward; use the deploy flow.*E_FORWARD/s));
  await world.ada.types('/rollback v2.13.9', name);
  await world.until('the refusal', () => world.message(/E_TAG_UNKNOWN/));
  expect(world.says(/E_TAG_UNKNOWN/)).toMatch(/v2\.13\.9[\s\S]*nearest: v2\.13\.\d, v2\.13\.\d, v2\.13\.\d/);
  await world.ada.types('/rollback v2.13.2', name);
  await world.until('the refusal', () => world.message(/already live.*E_NOOP/s));
  expect(world.dispatches()).toHaveLength(1);
});
