/** Nobody asks: a countdown that anybody may stop, and that nobody stops. */
import { type PlayParts, press, waitFor } from './hands.ts';
import { deploys, opens, recovers, resolves } from './play.ts';
import { readSlack } from './reader.ts';

export async function playAutomatic(parts: PlayParts): Promise<void> {
  const { tell } = parts;
  const reader = readSlack(parts.stage.slack);
  await opens(parts, reader);
  await waitFor(parts, 'the countdown', () => reader.button(/stop it/i));
  tell('Automatic rollback v2.14.0 → v2.13.2: every check is green, and it begins in 30 s', 'anyone in the channel may stop it');
  await press(parts, reader, { who: 'U0ADA', label: /take the lead/i, what: 'Ada takes the lead, reads the plan and lets it run' });
  await deploys(parts, { tag: 'v2.13.2', times: 1 });
  tell('v2.13.2 is deployed, and nobody has pressed anything for it');
  await recovers(parts, reader);
  await resolves(parts, reader, 'Rolled back by itself to v2.13.2; cartTotal needs a fix before v2.14.1.');
}
