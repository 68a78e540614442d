/** Incidents whose rollback did not help, and what came after it. */
import type { ReleaseFacts } from '../../src/core/model.ts';
import type { RollbackPlan } from '../../src/core/rollback.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { ada, grace, MINUTE, plan, Story, T0 } from './given.ts';

const BEFORE: ReleaseFacts = { current: 'v2.14.0', previous: 'v2.13.2', deployedAt: T0 - 4 * MINUTE };
const back: RollbackPlan = { ...plan, undo: plan.actions };
export const forward: RollbackPlan = { ...plan, direction: 'forward', from: plan.to, to: plan.from, undo: [] };

type Said = Partial<Verdict> & Pick<Verdict, 'kind' | 'because'>;
export const NO_EFFECT: Said = { kind: 'no-effect', because: '8.1 % after 600 s, 8.0 % before that', during: 0.08, after: 0.081, runs: 'v2.13.2' };
export const NOT_LIVE: Said = {
  kind: 'no-effect',
  because: 'the rollback reported success, but v2.14.0 still answers on 2 of 3',
  still: { tag: 'v2.14.0', count: 2, asked: 3 },
};
export const RECOVERED: Said = { kind: 'recovered', because: '0.5 % for 120 s', during: 0.08, after: 0.005 };

/** The first rollback went out and is through. */
export function rolledBack(release: ReleaseFacts | undefined = BEFORE): Story {
  const story = new Story().withChannel();
  if (release) story.when({ kind: 'releaseSeen', release });
  story.does(ada, { kind: 'requestRollback', tag: undefined, reason: 'it is the release', step: undefined });
  return through(story.when({ kind: 'rollbackPlanned', id: 'rb1', plan: back }), 'rb1');
}

function through(story: Story, id: string): Story {
  story.does(grace, { kind: 'approveRollback', rollback: id });
  story.sent(id);
  return story.when({ kind: 'rollbackEnded', id, outcome: 'done', code: undefined, because: 'the run succeeded' }, MINUTE);
}

export function judged(story: Story, said: Said): Story {
  const verdict: Verdict = { at: story.now + MINUTE, baseline: 0.004, during: undefined, after: undefined, runs: undefined, ...said };
  const run = story.incident.steps.verify?.run ?? 1;
  return story.when({ kind: 'stepEnded', step: 'verify', run, ending: { kind: 'done', outcome: said.kind, say: said.kind, data: {}, verdict } }, MINUTE);
}

/** rb1 is taken back by rb2. */
export function undone(story: Story): Story {
  story.does(ada, { kind: 'undoRollback', rollback: 'rb1', reason: 'the gateway is down' });
  return through(story.when({ kind: 'rollbackPlanned', id: 'rb2', plan: forward }), 'rb2');
}

/** No effect, forward again, and then something else ended the trouble. */
export const forwardAgain = (): Story => judged(undone(judged(rolledBack(), NO_EFFECT)), { ...RECOVERED, runs: 'v2.14.0' });
