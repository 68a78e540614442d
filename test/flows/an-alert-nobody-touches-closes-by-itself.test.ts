import { expect, it } from 'vitest';
import { openWorld } from './world.ts';

it('cleared and never touched: it resolves after the quiet time, and says so', async () => {
  const world = await openWorld();
  await world.alertFires();
  await world.alerting.resolve();
  await world.pass(59_000);
  expect((await world.incident()).phase).toBe('open');
  await world.pass(2_000);
  expect(await world.incident()).toMatchObject({ phase: 'resolved' });
  expect((await world.timeline()).findLast(({ kind }) => kind === 'resolved')).toMatchObject({ by: { kind: 'bot' }, because: 'all alerts stayed quiet' });
  await world.until('the story', () => world.message(/Resolved.*Every alert cleared by itself/s));
  expect(world.card()).toMatch(/🟢/);
});

it('a new firing takes the quiet time back', async () => {
  const world = await openWorld();
  await world.alertFires();
  await world.alerting.resolve();
  await world.pass(50_000);
  await world.alertFires();
  await world.pass(60_000);
  expect((await world.incident()).phase).toBe('open');
  await world.alerting.resolve();
  await world.pass(61_000);
  expect((await world.incident()).phase).toBe('resolved');
});

it('alerts never close an incident that somebody works on', async () => {
  const world = await openWorld();
  await world.alertFires();
  await world.ada.presses(/^Take the lead$/);
  await world.alerting.resolve();
  await world.pass(10 * 60_000);
  expect((await world.incident()).phase).toBe('open');
  expect(world.card()).toMatch(/alert is quiet/);
});

it('an alert that fires again soon after the end opens the same incident again, and says why; later a new one', async () => {
  const world = await openWorld();
  await world.alertFires();
  await world.alerting.resolve();
  await world.pass(61_000);
  expect((await world.incident()).phase).toBe('resolved');
  await world.alertFires();
  await world.pass(5_000);
  expect((await world.incident()).phase).toBe('open');
  expect(world.says(/Reopened/)).toMatch(/by alertmanager: same alert again, just after it was resolved/);
  await world.alerting.resolve();
  await world.pass(61_000 + 15 * 60_000);
  await world.alertFires();
  await world.pass(5_000);
  expect(world.channel('INC-2').name).toBe('inc-2-checkout-api');
  expect((await world.incident()).phase).toBe('resolved');
});
