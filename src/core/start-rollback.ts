/** A rollback always runs as a step of a playbook, so that a verification follows. */
import { startPlaybook, startStep } from './decide-step.ts';
import { BOT, type Context, type Draft } from './draft.ts';
import type { Playbook } from './playbook.ts';
import type { Wish } from './request-rollback.ts';
import { dropCurrentStep } from './resolve.ts';

/** Followed when a rollback is asked for and the playbook has no rollback step: going back without proof is not offered. */
const BARE: Playbook = {
  name: 'bare-rollback',
  title: 'Roll back and verify',
  hash: 'built-in',
  steps: [
    {
      id: 'rollback',
      use: 'rollback',
      by: 'human',
      title: 'Roll back',
      text: undefined,
      params: {},
      owner: undefined,
      timeoutMs: undefined,
      next: { done: 'verify' },
    },
    { id: 'verify', use: 'verify', by: 'machine', title: 'Verify', text: undefined, params: {}, owner: undefined, timeoutMs: undefined, next: {} },
  ],
};

/** What the step that was under way says of its end. */
function cutShort({ automatic, undoes }: Wish): string {
  if (automatic) return 'An automatic rollback began first.';
  return undoes === undefined ? 'A rollback was asked for first.' : 'Going forward again was asked for first.';
}

/** The playbook's rollback step, started out of turn; the built-in one when the playbook has none. */
export function startRollback(d: Draft, wish: Wish, context: Context): void {
  const because = wish.automatic ? 'an alert right after a release' : 'a rollback was asked for';
  const cause = { by: wish.by, because, context, wish };
  dropCurrentStep(d, { by: wish.by, say: cutShort(wish), because });
  const { playbook: started } = d.incident();
  // `/rollback` may be faster than the channel, with which the service's playbook usually starts.
  const playbook = started ?? context.playbook;
  const planned = playbook?.steps.find((step) => step.use === 'rollback');
  if (playbook && planned) {
    if (!started) d.happen({ kind: 'playbookStarted', playbook }, BOT, `the playbook of ${d.incident().service}`);
    startStep(d, planned, cause);
  } else startPlaybook(d, BARE, cause);
}
