import { expect, it } from 'vitest';
import { andCartApart, replacing } from './services.ts';
import { openWorld, type World } from './world.ts';

/** Two incidents make a storm; the cart has people of its own, and a third service has others. */
const services = (text: string): string => {
  const both = andCartApart(text);
  const cart = both.slice(both.lastIndexOf('  cart-api:'));
  const search = replacing(['call: [S0ONCALL]', 'call: [U0LIN]'])(cart)
    .replaceAll('cart-api', 'search-api')
    .replace('environment: cart', 'environment: search');
  const ownCart = replacing(['call: [S0ONCALL]', 'call: [U0GRACE, U0GRACE]'])(cart);
  return `storm: { incidents: 2, within: 10m }\n${both.replace(cart, `${ownCart}${search}`)}`;
};
const of = (service: string, severity: string) => ({
  labels: { service, alertname: `${service}Down`, severity },
  annotations: { summary: `${service} is down` },
});
const members = (world: World): readonly string[] => [...world.channel('INC-2').members].filter((id) => /^U0(ADA|GRACE|LIN)$/.test(id)).sort();

it('a storm calls the people on call of the services it lists, and those of a service that joins later, each of them once', async () => {
  const world = await openWorld({ services });
  await world.alertFires(of('checkout-api', 'warning'));
  await world.alertFires(of('cart-api', 'warning'));
  await world.until('the card of the storm', () => world.channel('INC-2').pins.length > 0);
  await world.settle();
  expect(await world.incident('INC-2')).toMatchObject({ scope: 'storm' });
  expect(members(world)).toEqual(['U0GRACE']);
  expect(world.card('INC-2')).toMatch(/Calling .*grace.*: who takes the lead\?/i);

  await world.alertFires(of('search-api', 'critical'));
  await world.pass(1_000);
  expect(members(world)).toEqual(['U0GRACE', 'U0LIN']);
  expect(world.card('INC-2')).toMatch(/2 services, 2 with alerts firing/);
  const invites = world.stage.slack.requests.filter(({ method }) => method === 'conversations.invite').length;

  // More of the same calls nobody.
  await world.alertFires({ ...of('search-api', 'critical'), labels: { ...of('search-api', 'critical').labels, alertname: 'SearchSlow' } });
  await world.pass(20_000);
  expect(world.stage.slack.requests.filter(({ method }) => method === 'conversations.invite')).toHaveLength(invites);
});
