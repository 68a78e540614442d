import { expect, it } from 'vitest';
import { openWorld } from './world.ts';

it('a report opens an incident with its evidence; the second report of the service joins it', async () => {
  const world = await openWorld();
  await world.gus.shortcut('report_problem');
  expect(world.gus.screen()?.title).toBe('Report a problem');
  const picture = await world.gus.uploads('blank-page.png');
  const form = { title: 'Checkout shows a blank page', urls: 'https://shop.example.com/checkout?step=2', screenshots: [picture], service: 'checkout-api' };
  expect((await world.gus.fills(form)).errors).toBeUndefined();
  await world.pass(3_000);

  expect(world.channel().name).toBe('inc-1-checkout-api');
  expect(await world.incident()).toMatchObject({
    title: 'Checkout shows a blank page',
    openedBy: { kind: 'human', slackId: 'U0GUS' },
    evidence: [
      { kind: 'url', url: 'https://shop.example.com/checkout?step=2', by: 'gus' },
      { kind: 'screenshot', fileId: picture, name: 'blank-page.png' },
    ],
  });
  expect(world.gus.screen()?.text).toMatch(/INC-1 is open/);

  await world.lin.shortcut('report_problem');
  await world.lin.fills({
    title: 'Cannot pay',
    urls: 'https://shop.example.com/pay',
    screenshots: [await world.lin.uploads('pay.png')],
    service: 'checkout-api',
  });
  await world.pass(3_000);
  expect(world.lin.screen()?.text).toMatch(/Added to INC-1: an incident of the same service is open/);
  expect(world.channels().filter(({ name }) => name.startsWith('inc-'))).toHaveLength(1);
  expect((await world.incident()).evidence.filter(({ kind }) => kind === 'url')).toHaveLength(2);
  expect(world.says(/Also reported/)).toMatch(/Cannot pay/);
});

it('what is wrong with a form stands under its field, and nothing is opened', async () => {
  const world = await openWorld();
  await world.ada.shortcut('report_problem');
  const bad = { title: 'x', urls: 'javascript:alert(1)', screenshots: [await world.ada.uploads('evil.svg')] };
  const { errors } = await world.ada.fills(bad);
  expect(Object.keys(errors ?? {}).sort()).toEqual(['screenshots', 'urls']);
  expect(errors?.urls).toMatch(/E_URL_SCHEME/);
  await world.pass(3_000);
  expect(world.channels().filter(({ name }) => name.startsWith('inc-'))).toEqual([]);
});
