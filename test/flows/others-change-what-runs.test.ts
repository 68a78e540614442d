import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { openWorld, type World } from './world.ts';

/** As GitHub sends it: signed, and no token of ours. */
async function tells(world: World, event: string, payload: object): Promise<object> {
  const body = JSON.stringify({ repository: { full_name: 'acme/shop', html_url: 'https://github.com/acme/shop' }, sender: { login: 'eve' }, ...payload });
  const secret = world.stage.env.GITHUB_WEBHOOK_SECRET ?? '';
  const answer = await fetch(`${world.url}/webhooks/github`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': `${event}-${world.clock.now()}`,
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
  });
  await world.settle();
  return (await answer.json()) as object; // our own answer
}

const deployment = (world: World, tag: string): object => ({
  action: 'created',
  deployment: { id: 1, sha: 'c'.repeat(40), ref: tag, environment: 'production', payload: {}, creator: { login: 'eve' } },
  deployment_status: { state: 'success', created_at: new Date(world.clock.now()).toISOString(), creator: { login: 'eve' } },
});

it('a deployment by somebody else joins the incident and is verified, once, however often GitHub tells it', async () => {
  const world = await openWorld();
  await world.alertFires();
  await world.pass(1_000);
  const told = deployment(world, 'v2.13.0');
  expect(await tells(world, 'deployment_status', told)).toEqual({ accepted: 1 });
  expect(await tells(world, 'deployment_status', told)).toEqual({ accepted: 0, duplicate: true });
  await world.pass(5_000);
  const kinds = await world.kinds();
  expect(kinds.filter((kind) => kind === 'changedOutside')).toHaveLength(1);
  expect(world.says(/Deployment of v2\.13\.0 to production: success, by eve, not by Tagback/)).toBeTruthy();
  expect((await world.incident()).steps.verify).toMatchObject({ run: 1 });
});

it('a deployment that no webhook told of is seen within a minute', async () => {
  const world = await openWorld();
  await world.alertFires();
  await world.pass(90_000);
  expect((await world.kinds()).filter((kind) => kind === 'releaseSeen')).toHaveLength(1);
  world.stage.github.deploy('v2.13.2', 'eve');
  await world.until('the change', async () => (await world.incident()).outside.length > 0);
  expect((await world.incident()).outside).toMatchObject([{ what: 'deployment', tag: 'v2.13.2', state: 'success' }]);
});
