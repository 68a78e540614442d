/** GitHub is content and the service is not: success is what the replicas answer. */
import { type PlayParts, press, waitFor } from './hands.ts';
import { asks, deploys, recovers, resolves } from './play.ts';
import { readSlack } from './reader.ts';

export async function playIdentity(parts: PlayParts): Promise<void> {
  const { stage, tell } = parts;
  const reader = readSlack(stage.slack);
  await asks(parts, reader, 'errors since v2.14.0');
  await press(parts, reader, { who: 'U0GRACE', label: /^approve/i, what: 'Grace approves the plan' });
  await deploys(parts, { tag: 'v2.13.2', times: 1 });
  tell('GitHub reports success; Tagback asks each replica which release answers');
  await waitFor(parts, 'the verdict', () => reader.message(/v2\.14\.0 still answers on 2 of 3/));
  tell('Verdict: not live', 'the rollback reported success, but v2.14.0 still answers on 2 of 3');
  stage.shop.restart();
  tell('The owner restarts the two replicas that the deploy did not reach');
  await press(parts, reader, { who: 'U0ADA', label: /^verify again/i, what: 'Ada asks for the proof again' });
  await recovers(parts, reader);
  await resolves(parts, reader, 'Rolled back to v2.13.2; two replicas had to be restarted by hand.');
}
