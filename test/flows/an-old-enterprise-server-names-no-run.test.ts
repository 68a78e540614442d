import { expect, it } from 'vitest';
import { openWorld } from './world.ts';

it('a server that does not know return_run_details is asked without it, and the run is found by its key', async () => {
  const world = await openWorld({ github: { oldServer: true } });
  await world.ada.types('/rollback checkout-api v2.13.2');
  await world.grace.presses(/^Approve$/);
  await world.until('the verdict', () => world.message(/^Recovered/));
  expect(world.dispatches()).toHaveLength(1);
  const posts = world.stage.github.requests.filter(({ method }) => method === 'POST');
  expect(posts.map(({ status, body }) => [status, 'return_run_details' in JSON.parse(body)])).toEqual([
    [422, true],
    [204, false],
  ]);
  expect((await world.timeline()).find(({ kind }) => kind === 'rollbackSent')).toMatchObject({ because: 'found on GitHub by its key' });
});
