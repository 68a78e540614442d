import { expect, it } from 'vitest';
import { andCartApart } from './services.ts';
import { openWorld } from './world.ts';

it('App Home says what is open, to whoever looks, and offers to report', async () => {
  const world = await openWorld({ services: andCartApart });
  expect(await world.ada.opensHome()).toMatch(/Nothing is open/);
  await world.alertFires();
  await world.alertFires({ labels: { service: 'cart-api', alertname: 'CartDown' }, annotations: { summary: 'The cart is gone' } });
  await world.pass(5_000);
  await world.ada.presses(/^Take the lead$/, world.channel('INC-2').name);
  const home = await world.grace.opensHome();
  expect(home).toMatch(/2 open incidents/);
  expect(home).toMatch(/INC-2.*The cart is gone.*cart-api[\s\S]*lead ada/);
  expect(home).toContain(`<#${world.channel('INC-1').id}>`);

  await world.ada.types('/incident resolve done', world.channel('INC-2').name);
  expect(await world.grace.opensHome()).toMatch(/1 open incident\b/);
  await world.grace.presses(/^Report a problem/);
  expect(world.grace.screen()?.title).toBe('Report a problem');
});
