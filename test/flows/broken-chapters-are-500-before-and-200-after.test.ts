import { expect, it } from 'vitest';
import { isApproved } from './story.ts';
import { openWorld, type World } from './world.ts';

const chapters = (world: World): readonly string[] => [1, 2, 3, 4].map((n) => `${world.stage.shop.url}/chapters/${n}`);

async function reports(world: World, urls: readonly string[]): Promise<void> {
  await world.gus.shortcut('report_problem');
  const form = {
    title: 'Four chapters show an error page',
    urls: urls.join('\n'),
    screenshots: [await world.gus.uploads('chapter.png')],
    service: 'checkout-api',
  };
  expect((await world.gus.fills(form)).errors).toBeUndefined();
  await world.pass(3_000);
}

it('four chapters that users report answer 500, and 200 after the rollback; who reported them is asked, and a “no” is seen by everybody', async () => {
  const world = await openWorld();
  await reports(world, chapters(world));

  // Before: opened at once, one message.
  const before = await world.until('the table', () => world.message(/Addresses of INC-1/));
  expect(world.says(/Addresses of INC-1/)).toMatch(/4 of 4 addresses failed when named/);
  expect((await world.incident()).board.map(({ url, before: look }) => [url, look.kind === 'answered' && look.status])).toEqual(
    chapters(world).map((url) => [url, 500]),
  );
  // The report brought everything the first step asks for.
  expect((await world.incident()).steps.collect?.state).toBe('done');

  await world.ada.presses(/^Take the lead$/);
  await world.ada.presses(/^Roll back$/);
  await world.until('the plan', () => world.message(/✋ Waiting for approval/));
  await isApproved(world);
  await world.until('the second look', async () => (await world.incident()).board.every(({ after }) => after !== undefined));
  await world.settle();

  // After: the same message, edited.
  const after = world.message(/Addresses of INC-1/);
  expect(after?.ts).toBe(before.ts);
  const table = JSON.stringify(after?.blocks);
  expect(table).toMatch(/⛔ 500 in \d+ ms.*✅ 200 in \d+ ms/);
  expect(world.says(/Addresses of INC-1/)).toMatch(/4 of 4 addresses failed when named; after the fix all 4 answer/);

  // Gus is a guest, not in the channel, and is asked all the same.
  await world.gus.presses(/^No, still broken$/);
  expect(world.says(/Not fixed/)).toMatch(/gus/);
  expect(world.card()).toMatch(/Fixed for who reported it\?.*gus.*no/);
  await world.ada.presses(/^Resolve…$/);
  expect(world.ada.screen()?.text).toMatch(/not fixed for gus/);
  await world.ada.fills({ text: 'Rolled back.' });
  await world.until('the postmortem', async () => (await world.incident()).postmortem !== undefined);
  const postmortem = await world.program.port.postmortem('INC-1');
  expect(postmortem).toContain('## Addresses before and after');
  expect(postmortem.match(/\/chapters\/\d` \| 500 in \d+ ms at [\d:]+ \| 200 in \d+ ms at/g)).toHaveLength(4);
  expect(postmortem).toContain('gus: **not fixed**');
});
