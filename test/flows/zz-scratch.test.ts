import { it } from 'vitest';
import { openWorld } from './world.ts';
it('x', async () => {
  const world = await openWorld();
  await world.ada.types('/rollback checkout-api v2.13.2');
  await world.grace.presses(/^Approve$/);
  await world.pass(120_000);
  console.log((await world.timeline()).map((e) => `${(e.at-world.clock.now())/1000} ${e.kind}: ${e.because}`).join('\n'));
  console.log('warn', world.logged().split('\n').filter((l) => /"level":"(warn|error)"/.test(l)).join('\n'));
  console.log('next', (world.clock.next() ?? 0) - world.clock.now());
  const { DatabaseSync } = await import('node:sqlite');
  console.log(world.stage.dir);
});
