import { describe, expect, it } from 'vitest';
import type { GitHubOptions } from '../../src/sandbox/github/server.ts';
import { openWorld, type World } from './world.ts';

const DISPATCH = 'POST *dispatches';

async function approved(fault: 'reset-after' | '502-after' | 'reset-before', github: Partial<GitHubOptions> = {}): Promise<World> {
  const world = await openWorld({ github });
  await world.ada.types('/rollback checkout-api v2.13.2');
  await world.until('the plan', () => world.message(/✋ Waiting for approval/));
  world.stage.github.faults.next(DISPATCH, fault);
  await world.grace.presses(/^Approve$/);
  return world;
}

const posts = (world: World): number => world.stage.github.requests.filter(({ method }) => method === 'POST').length;

describe.each(['reset-after', '502-after'] as const)('GitHub did it, and its answer was lost (%s)', (fault) => {
  it('the run is found by its key and adopted', async () => {
    const world = await approved(fault);
    await world.until('the verdict', () => world.message(/^Recovered/));
    expect(posts(world)).toBe(1);
    expect(world.dispatches()).toHaveLength(1);
    expect((await world.timeline()).find(({ kind }) => kind === 'rollbackSent')).toMatchObject({ because: 'found on GitHub by its key' });
  });
});

it('the list shows the run only after half a minute: it is waited for', async () => {
  const world = await approved('reset-after', { listedAfterMs: 30_000 });
  await world.until('the verdict', () => world.message(/^Recovered/));
  expect(posts(world)).toBe(1);
  expect(world.dispatches()).toHaveLength(1);
});

it.each(['reset-after', 'reset-before'] as const)(
  'the list shows nothing for two minutes: the outcome is unknown, people are told, it is not sent again (%s)',
  async (fault) => {
    const world = await approved(fault, { listedAfterMs: 3_600_000 });
    await world.until('the end', () => world.message(/❓ Outcome unknown/), 200_000);
    expect(world.says(/❓ Outcome unknown/)).toMatch(/look there before anybody sends it again[\s\S]*E_UNCLEAR/);
    await world.pass(30 * 60_000);
    expect(posts(world)).toBe(1);
    expect(world.dispatches()).toHaveLength(fault === 'reset-after' ? 1 : 0);
    expect((await world.incident()).rollbacks.rb1?.stage).toBe('unknown');
  },
);
