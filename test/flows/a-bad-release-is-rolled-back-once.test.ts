import { expect, it } from 'vitest';
import { plays } from './story.ts';
import { openWorld } from './world.ts';

it('a bad release is rolled back once, proven, and written up', async () => {
  const world = await openWorld({ rule: {} });
  await plays(world);

  expect(world.dispatches()).toHaveLength(1);
  expect(world.dispatches()[0]?.detail).toMatchObject({ ref: 'main', title: 'Deploy v2.13.2 (INC-1/rb1)', inputs: { tag: 'v2.13.2', tagback_id: 'INC-1/rb1' } });
  expect(world.stage.shop.release()).toBe('v2.13.2');
});
