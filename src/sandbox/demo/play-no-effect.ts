/** The release was not the cause: that is said, and the way forward is a plan like any other. */
import { explain, type PlayParts, press, waitFor } from './hands.ts';
import { asks, deploys, recovers, resolves } from './play.ts';
import { readSlack } from './reader.ts';

export async function playNoEffect(parts: PlayParts): Promise<void> {
  const { stage, tell } = parts;
  const reader = readSlack(stage.slack);
  stage.shop.breakNow('dependency');
  await asks(parts, reader, 'errors minutes after v2.14.0');
  await press(parts, reader, { who: 'U0GRACE', label: /^approve/i, what: 'Grace approves the plan' });
  await deploys(parts, { tag: 'v2.13.2', times: 1 });
  tell('v2.13.2 is deployed, and the errors stay');
  await waitFor(parts, 'the verdict', () => reader.message(/^No effect/));
  tell('Verdict: no effect', 'the release is probably not the cause: go forward again, or look for the next one');
  await explain(parts, reader, {
    who: 'U0ADA',
    label: /^go forward again/i,
    what: 'Ada asks to go forward again',
    text: 'The payment gateway is down, whichever release runs.',
  });
  await waitFor(parts, 'the plan forward', () => reader.message(/^Forward again: checkout-api v2\.13\.2 → v2\.14\.0/));
  tell('Plan: v2.13.2 → v2.14.0, made of what was stored before the rollback went out; the same checks, the same approvals');
  await press(parts, reader, { who: 'U0GRACE', label: /^approve/i, what: 'Grace approves the way forward' });
  await deploys(parts, { tag: 'v2.14.0', times: 2 });
  stage.shop.heal();
  tell('v2.14.0 runs again, and the payment gateway answers again');
  await recovers(parts, reader, 'as good as before v2.14.0 came, and v2.14.0 runs: it was not the cause');
  await resolves(parts, reader, 'The payment gateway was down for some minutes; v2.14.0 stays.');
}
