import { expect, it } from 'vitest';
import { alertKey, alertWord } from '../../src/core/alert.ts';
import { andCartApart } from './services.ts';
import { openWorld, type World } from './world.ts';

const slow = { labels: { alertname: 'CheckoutSlow' }, annotations: { summary: 'Checkout takes 4 s' } };
const cart = { labels: { service: 'cart-api', alertname: 'CartDown' }, annotations: { summary: 'The cart is down' } };

/** INC-1 with two alerts, the second of which joined by itself. */
async function twoInOne(): Promise<World> {
  const world = await openWorld({ services: andCartApart });
  await world.alertFires();
  await world.alertFires(slow);
  await world.until('the line of the alert that joined', () => world.message(/Alert joined/));
  return world;
}

/** The sender says that the alert that began to fire last has ended. */
async function newestClears(world: World): Promise<void> {
  await world.alerting.resolve(world.alerting.firing().at(-1));
  await world.settle();
}

const summaries = async (world: World, id: string): Promise<readonly string[]> =>
  Object.values((await world.incident(id)).alerts).map(({ summary }) => summary);

it('“Not this one?” beside an alert that joined by itself makes an incident of its own of it, and both channels say so', async () => {
  const world = await twoInOne();
  const read = await world.ada.presses(/^Not this one\?$/, world.channel().name);
  expect(read).toContain('INC-2 is open with 1 alert; its channel is on its way.');
  await world.until('the card of INC-2', () => world.channel('INC-2').pins.length > 0);

  expect(world.card('INC-2')).toMatch(/Checkout takes 4 s[\s\S]*why it was opened: split off INC-1 by ada/);
  expect(await summaries(world, 'INC-2')).toEqual(['Checkout takes 4 s']);
  expect(await summaries(world, 'INC-1')).not.toContain('Checkout takes 4 s');
  expect(world.says(/went to INC-2/)).toContain('1 alert went to INC-2, by ada.');
  // Where people put it, it stays: what fires and clears from now on is told there.
  await newestClears(world);
  expect(await world.kinds('INC-2')).toContain('alertCleared');
  expect(await world.kinds('INC-1')).not.toContain('alertCleared');
});

it('pressed again, “Not this one?” moves nothing and says where the alert went; a guest moves nothing at all', async () => {
  const world = await twoInOne();
  const room = world.channel().name;
  await world.stage.slack.as('U0GUS').join(world.channel().id);
  expect(await world.gus.presses(/^Not this one\?$/, room)).toMatch(/Only full members of this workspace can do that\. \(E_NOT_ALLOWED\)/);
  expect(await summaries(world, 'INC-1')).toHaveLength(2);
  await world.ada.presses(/^Not this one\?$/, room);
  const before = await world.timeline('INC-1');
  expect(await world.grace.presses(/^Not this one\?$/, room)).toMatch(
    /is no longer in INC-1: it went to INC-2, moved by ada\. Nothing was moved now\. \(E_NOT_NOW\)/,
  );
  expect(await world.timeline('INC-1')).toEqual(before);
  expect(await world.program.port.incident('INC-3')).toBeUndefined();
});

it('/incident alerts names each alert by a word, to the one who asked, and that word splits it off', async () => {
  const world = await twoInOne();
  const room = world.channel().name;
  const [first, second] = Object.values((await world.incident()).alerts).map((alert) => alertWord(alertKey(alert)));
  const read = await world.ada.types('/incident alerts', room);
  expect(read).toMatch(/Alerts of INC-1/);
  for (const word of [first, second]) expect(read).toContain(word);
  expect(read).toMatch(/Checkout takes 4 s \(firing\)/);
  expect(world.message(/Alerts of INC-1/)).toBeUndefined();
  await newestClears(world);
  expect(await world.ada.types('/incident alerts', room)).toMatch(/Checkout takes 4 s \(resolved\)/);
  expect(await world.ada.types(`/incident split ${second?.toUpperCase()}`, room)).toContain('INC-2 is open with 1 alert');
  expect(await summaries(world, 'INC-2')).toEqual(['Checkout takes 4 s']);
  expect(await world.ada.types('/incident alerts', room)).not.toContain('Checkout takes 4 s');
});

it('a merge writes into both channels: the one that ends says where to go on, the other what came and why', async () => {
  const world = await openWorld({ services: andCartApart });
  await world.alertFires();
  await world.alertFires(cart);
  await world.until('both channels', () => world.channel('INC-2').pins.length > 0);
  const [from, into] = [world.channel('INC-2'), world.channel('INC-1')];
  expect(await world.ada.types('/incident merge INC-1 one cause: the new release', from.name)).toContain('INC-2 is merged into INC-1: go on there.');
  await world.until('the line in the channel that ends', () => world.message(/Merged\* into INC-1/, 'INC-2'));

  expect(world.says(/Merged\* into/, 'INC-2')).toContain(`*Merged* into INC-1 by ada. Go on there in <#${into.id}>; nothing more comes here.`);
  expect(world.says(/went to/, 'INC-2')).toContain('All alerts went to INC-1, by ada.');
  expect(world.says(/came from/, 'INC-1')).toContain('1 alert came from INC-2, by ada.');
  expect(world.says(/is part of this incident now/, 'INC-1')).toMatch(/INC-2 \(.+\) is part of this incident now\./);
  expect(await world.incident('INC-2')).toMatchObject({ phase: 'resolved', mergedInto: 'INC-1' });

  const said = world.channel('INC-2').messages.length;
  await world.alertFires({ ...cart, labels: { ...cart.labels, alertname: 'CartSlow' }, annotations: { summary: 'The cart is slow' } });
  await world.pass(60_000);
  expect(await summaries(world, 'INC-1')).toContain('The cart is slow');
  expect(world.channel('INC-2').messages).toHaveLength(said);
});
