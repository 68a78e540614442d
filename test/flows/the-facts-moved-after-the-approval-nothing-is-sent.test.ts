import { expect, it } from 'vitest';
import { openWorld, type World } from './world.ts';

async function planned(world: World): Promise<void> {
  await world.ada.types('/rollback checkout-api v2.13.2');
  await world.until('the plan', () => world.message(/✋ Waiting for approval/));
}

/** Somebody deploys past the bot, with the same workflow. */
async function somebodyDeploys(world: World, tag: string): Promise<void> {
  const { GITHUB_API_URL: api, GITHUB_TOKEN: token } = world.stage.env;
  const response = await fetch(`${api}/repos/acme/shop/actions/workflows/deploy.yml/dispatches`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ ref: 'main', inputs: { tag } }),
  });
  expect(response.status).toBe(204);
}

async function nothingWasSent(world: World, saying: RegExp): Promise<void> {
  await world.grace.presses(/^Approve$/);
  await world.until('the refusal', () => world.message(/⛔ Refused; nothing was sent/));
  expect(world.says(/⛔ Refused/)).toMatch(saying);
  await world.pass(30_000);
  expect(world.dispatches().filter(({ detail }) => String(detail.title).includes('INC-1'))).toEqual([]);
  expect((await world.incident()).rollbacks.rb1?.stage).toBe('refused');
}

it('the tag was moved to another commit', async () => {
  const world = await openWorld();
  await planned(world);
  world.stage.github.retag('v2.13.2', 'v2.13.1');
  await nothingWasSent(world, /v2\.13\.2 pointed at [0-9a-f]{7} when it was approved and points at [0-9a-f]{7} now[\s\S]*E_PLAN_MOVED/);
});

it('another deploy landed in between', async () => {
  const world = await openWorld();
  await planned(world);
  await somebodyDeploys(world, 'v2.13.1');
  await world.pass(10_000);
  expect(world.stage.shop.release()).toBe('v2.13.1');
  await nothingWasSent(world, /the facts moved after the approval|v2\.13\.1 runs now, not v2\.14\.0/);
});

it('another run has begun and is not over', async () => {
  const world = await openWorld({ github: { timing: { buildMs: 600_000 } } });
  await planned(world);
  await somebodyDeploys(world, 'v2.13.0');
  await nothingWasSent(world, /a run of the workflow has not ended/);
});

it('the workflow was switched off', async () => {
  const world = await openWorld();
  await planned(world);
  world.stage.github.disable('deploy.yml');
  await nothingWasSent(world, /deploy\.yml.* is switched off \(disabled_manually\)/);
});
