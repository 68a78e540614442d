import { expect, it } from 'vitest';
import { openWorld } from './world.ts';

it('/incident new with severity, service and title opens at once', async () => {
  const world = await openWorld();
  expect(await world.ada.types('/incident new sev1 checkout-api Chapter 4 is slow')).toMatch(/INC-1 is open/);
  await world.pass(3_000);
  expect(await world.incident()).toMatchObject({ title: 'Chapter 4 is slow', service: 'checkout-api', severity: 'sev1' });
  expect(world.card()).toMatch(/ada reported it/);
  expect([...world.channel().members]).toContain('U0ADA');
});

it('/incident new without a title asks in a form', async () => {
  const world = await openWorld();
  await world.ada.types('/incident new');
  expect(world.ada.screen()?.title).toBe('Declare an incident');
  await world.ada.fills({ title: 'Nobody can pay', service: 'checkout-api', severity: 'sev1' });
  await world.pass(3_000);
  expect(await world.incident()).toMatchObject({ title: 'Nobody can pay', severity: 'sev1' });
});

it('every word of /incident does what it says, and answers only who typed it', async () => {
  const world = await openWorld();
  await world.ada.types('/incident new checkout-api It is slow');
  await world.pass(5_000);
  const { name } = world.channel();
  expect(await world.ada.types('/incident')).toMatch(/1 incident is open/);
  expect(await world.ada.types('/incident', name)).toMatch(/INC-1/);
  expect(await world.ada.types('/incident lead', name)).toMatch(/You lead|ada is the lead/);
  expect(await world.ada.types('/incident severity sev1', name)).toMatch(/Now SEV1/);
  expect(await world.ada.types('/incident note We restarted the cache', name)).toMatch(/in the timeline/);
  expect(await world.ada.types('/incident update Payments fail for all', name)).toMatch(/update is out/);
  expect(await world.ada.types('/incident INC-1 next', 'general')).toMatch(/Collect failing URLs/);
  expect(await world.ada.types('/incident catchup', name)).toMatch(/ada leads/);
  expect(await world.ada.types('/incident timeline', name)).toMatch(/Timeline of INC-1/);
  expect(await world.ada.types('/incident lead @lin', name)).toMatch(/lin is the lead now/);
  await world.until('the hand-over', () => world.message(/<@U0LIN> now leads this incident, handed over by ada/));
  expect(await world.ada.types('/incident resolve It was the cache', name)).toMatch(/Resolved/);
  await world.pass(10_000);
  expect(await world.incident()).toMatchObject({ phase: 'resolved', severity: 'sev1', update: { text: 'Payments fail for all' } });
  expect(await world.ada.types('/incident note too late', name)).toMatch(/timeline/);
  expect(await world.ada.types('/incident reopen It is back', name)).toMatch(/Open again/);
  await world.pass(5_000);
  expect((await world.incident()).phase).toBe('open');
  expect(world.card()).toMatch(/🔴/);
});

it('what cannot be understood, or needs an incident, is answered with the next thing to type', async () => {
  const world = await openWorld();
  expect(await world.ada.types('/incident halp')).toMatch(/Did you mean \/incident help\? \(E_UNKNOWN_COMMAND\)/);
  expect(await world.ada.types('/incident close')).toMatch(/incident's channel, or name it: \/incident INC-42 resolve.*E_CONTEXT/s);
  expect(await world.ada.types('/incident INC-7 status')).toMatch(/no incident INC-7.*E_UNKNOWN_INCIDENT/s);
  expect(await world.ada.types('/incident help')).toMatch(/\/incident new/);
  expect(world.channels().filter(({ name }) => name.startsWith('inc-'))).toEqual([]);
});
