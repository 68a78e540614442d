import { expect, it } from 'vitest';
import { replacing } from './services.ts';
import { openWorld } from './world.ts';

const ONLY_MAKE_LATEST = replacing([/ {8}- use: dispatch-workflow\n(?: {10}.*\n)+/, '']);

it('the older release becomes the latest one, the bad one a pre-release; nothing is dispatched', async () => {
  const world = await openWorld({ services: ONLY_MAKE_LATEST });
  expect(world.stage.github.latest()?.tag).toBe('v2.14.0');
  // Bad for long enough that a recovery can be told from luck.
  await world.pass(20_000);
  await world.ada.types('/rollback checkout-api v2.13.2');
  await world.until('the plan', () => world.message(/✋ Waiting for approval/));
  expect(world.says(/✋ Waiting for approval/)).toMatch(/mark release `v2\.13\.2` as latest/);
  await world.grace.presses(/^Approve$/);
  await world.until('the new latest', () => world.stage.github.latest()?.tag === 'v2.13.2');
  // Whoever resolves "latest" picks it up.
  world.stage.shop.deploy('v2.13.2');
  await world.until('the verdict', () => world.message(/^Recovered/));

  expect(world.stage.github.effects.map(({ kind }) => kind)).toEqual(['release', 'release']);
  expect(world.stage.github.releases().find(({ tag }) => tag === 'v2.14.0')?.prerelease).toBe(true);
  expect(world.says(/✅ Done/)).toMatch(/v2\.13\.2/);
});
