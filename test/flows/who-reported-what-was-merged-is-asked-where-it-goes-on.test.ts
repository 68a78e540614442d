import { expect, it } from 'vitest';
import type { Persona } from './people.ts';
import { andCartApart } from './services.ts';
import { isApproved } from './story.ts';
import { openWorld, type World } from './world.ts';

const cart = { labels: { service: 'cart-api', alertname: 'CartDown' }, annotations: { summary: 'The cart is down' } };

async function reports(world: World, who: Persona, service: string): Promise<void> {
  await who.shortcut('report_problem');
  const form = { title: 'The page is broken', urls: `${world.stage.shop.url}/chapters/1`, screenshots: [await who.uploads('page.png')], service };
  expect((await who.fills(form)).errors).toBeUndefined();
  await world.pass(3_000);
}
async function rolledBack(world: World): Promise<void> {
  const room = world.channel().name;
  await world.ada.presses(/^Take the lead$/, room);
  await world.ada.presses(/^Roll back$/, room);
  await world.until('the plan', () => world.message(/✋ Waiting for approval/));
  await isApproved(world);
  await world.until('the verdict', async () => (await world.incident()).verdict !== undefined);
  await world.settle();
}

it('who reported an incident that was merged into another one is asked when that one is well, and a “no” is seen there', async () => {
  const world = await openWorld({ services: andCartApart });
  await reports(world, world.gus, 'checkout-api');
  await reports(world, world.grace, 'cart-api');
  await world.until('the channel of the second', () => world.channel('INC-2').pins.length > 0);
  await world.ada.types('/incident merge INC-1 one cause', world.channel('INC-2').name);
  expect((await world.timeline()).at(-2)).toMatchObject({ kind: 'reportersCame', from: 'INC-2', reporters: [{ name: 'grace' }] });

  await rolledBack(world);
  await world.until('the question', () => world.grace.heard().some((text) => /Is it fixed for you\?/.test(text)));
  expect(world.grace.heard().join('\n')).toMatch(/You reported INC-2, which is part of “The page is broken” \(INC-1\) now\. Is it fixed for you\?/);
  await world.grace.presses(/^No, still broken$/, world.channel().name);
  expect(world.says(/Not fixed/)).toMatch(/grace/);
  await world.ada.presses(/^Resolve…$/, world.channel().name);
  expect(world.ada.screen()?.text).toMatch(/not fixed for grace/);
});

it('an answer to a question that was asked before the merge counts where it goes on', async () => {
  const world = await openWorld({ services: andCartApart });
  await reports(world, world.gus, 'checkout-api');
  await rolledBack(world);
  await world.alertFires(cart);
  await world.until('the channel of the second', () => world.channel('INC-2').pins.length > 0);
  await world.ada.types('/incident merge INC-2 the cart broke it', world.channel().name);
  expect(await world.incident('INC-2')).toMatchObject({ reporters: [{ slackId: 'U0GUS', from: 'INC-1', said: undefined }] });

  await world.gus.presses(/^No, still broken$/);
  expect(await world.incident('INC-2')).toMatchObject({ reporters: [{ said: { fixed: false } }] });
  expect(await world.incident('INC-1')).toMatchObject({ phase: 'resolved', reporters: [{ said: undefined }] });
  expect(world.card('INC-2')).toMatch(/Fixed for who reported it\?.*gus.*no/);
});
