import { expect, it } from 'vitest';
import { signed } from '../../src/sandbox/slack/delivery.ts';
import { plays } from './story.ts';
import { openWorld, type World } from './world.ts';

const HTTP = { slack: { mode: { http: 'http://127.0.0.1:9/not-yet' } } } as const;

it('the whole incident, with Slack posting to /slack/events', async () => {
  const world = await openWorld({ ...HTTP, rule: {} });
  await plays(world);
  expect(world.stage.slack.sockets).toBe(0);
  expect(world.dispatches()).toHaveLength(1);
  expect(await world.incident()).toMatchObject({ phase: 'resolved', verdict: { kind: 'recovered' } });
  expect(world.channels().filter(({ name }) => name.startsWith('inc-'))).toHaveLength(1);
});

async function post(world: World, body: string, headers: Record<string, string>): Promise<number> {
  const response = await fetch(`${world.url}/slack/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body,
  });
  await response.arrayBuffer();
  await world.settle();
  return response.status;
}

it('what is not signed by Slack, is signed too long ago, or comes a second time, does nothing', async () => {
  const world = await openWorld(HTTP);
  const { team } = world.stage.slack.world;
  const body = new URLSearchParams({
    command: '/incident',
    text: 'new checkout-api It is slow',
    user_id: 'U0ADA',
    team_id: team.id,
    channel_id: world.stage.slack.channelId('general'),
    trigger_id: 'T1',
    response_url: `${world.stage.slack.origin}/response/x/y`,
  }).toString();
  const secret = { clock: world.clock, signingSecret: world.stage.env.SLACK_SIGNING_SECRET ?? '' };
  const good = signed(body, secret);
  expect(await post(world, body, {})).toBe(401);
  expect(await post(world, body, signed(body, { ...secret, signingSecret: 'x'.repeat(32) }))).toBe(401);
  expect(await post(world, `${body}&more=1`, good)).toBe(401);
  await world.pass(6 * 60_000);
  expect(await post(world, body, good)).toBe(401);
  expect(world.channels().filter(({ name }) => name.startsWith('inc-'))).toEqual([]);

  const fresh = signed(body, secret);
  expect(await post(world, body, fresh)).toBe(200);
  expect(await post(world, body, fresh)).toBe(200);
  await world.pass(5_000);
  expect(world.channels().flatMap(({ name }) => (name.startsWith('inc-') ? [name] : []))).toEqual(['inc-1-checkout-api']);
  expect((await world.kinds()).filter((kind) => kind === 'noted')).toEqual([]);
});
