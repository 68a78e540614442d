import { expect, it } from 'vitest';
import type { Persona } from './people.ts';
import { openWorld, type World } from './world.ts';

/** Posts that somebody's act set off, until everything due in the next seconds is said, hold no mention of them. */
async function isNotPinged(world: World, who: Persona, act: () => Promise<unknown>): Promise<void> {
  const before = world.stage.slack.requests.length;
  await act();
  await world.pass(3_000);
  const posts = world.stage.slack.requests.slice(before).filter(({ method }) => method === 'chat.postMessage');
  const pings = posts.map(({ args }) => JSON.stringify([args.text, args.blocks])).filter((text) => text.includes(`<@${who.id}`));
  expect(pings, String(act)).toEqual([]);
}

it('through a whole incident nobody is mentioned for what they did themselves; who is handed something is', async () => {
  const world = await openWorld();
  const { ada, lin, grace } = world;
  const quiet = (who: Persona, act: () => Promise<unknown>): Promise<void> => isNotPinged(world, who, act);
  await quiet(ada, () => ada.types('/incident new checkout-api It is slow'));
  const { name } = world.channel();
  await quiet(ada, () => ada.presses(/^Take the lead$/));
  await quiet(ada, () => ada.types('/incident severity sev1', name));
  await quiet(ada, () => ada.types('/incident note looking', name));
  await quiet(ada, () => ada.types('/incident update still looking', name));
  await ada.presses(/^Add URLs and screenshots$/);
  await quiet(ada, async () => ada.fills({ urls: 'https://shop.example.com/a', screenshots: [await ada.uploads()] }));
  await quiet(ada, () => ada.types('/incident lead @lin', name));
  expect(world.message(/<@U0LIN> now leads/)).toBeDefined();
  await quiet(lin, () => lin.presses(/^Roll back$/));
  await quiet(lin, () => lin.presses(/^Cancel$/));
  await quiet(lin, () => lin.types('/rollback v2.13.2', name));
  await quiet(grace, () => grace.presses(/^Approve$/));
  await world.until('the verdict', () => world.message(/^Recovered/));
  await quiet(lin, () => lin.types('/incident resolve It was v2.14.0', name));
  await quiet(ada, () => ada.types('/incident reopen Not quite', name));
});
