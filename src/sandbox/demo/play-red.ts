/** Something speaks against the way back: two people take it upon themselves, in writing. */
import { explain, type PlayParts, waitFor } from './hands.ts';
import { asks, deploys, recovers, resolves } from './play.ts';
import { readSlack } from './reader.ts';

export async function playRed(parts: PlayParts): Promise<void> {
  const { tell } = parts;
  const reader = readSlack(parts.stage.slack);
  await asks(parts, reader, 'every tenth customer cannot pay');
  await waitFor(parts, 'the red plan', () => reader.button(/^approve anyway/i));
  tell('Plan: red', '0007 ran after v2.13.2 and drops a column: the old code meets the new schema; two people must approve, each in writing');
  const approve = { label: /^approve anyway/i };
  await explain(parts, reader, {
    ...approve,
    who: 'U0GRACE',
    what: 'Grace approves all the same, and writes down why',
    text: 'discount_percent is back: restored from the copy that 0007 keeps, counted twice.',
  });
  await waitFor(parts, 'the first approval on the card', () => reader.message(/1 of 2/));
  tell('1 of 2: nothing is sent yet; who comes second reads the reason of the first');
  await explain(parts, reader, {
    ...approve,
    who: 'U0LIN',
    what: 'Lin approves too, for a reason of his own',
    text: 'I have tried v2.13.2 against the restored column on staging: orders go through.',
  });
  await deploys(parts, { tag: 'v2.13.2', times: 1 });
  tell('v2.13.2 is deployed, over red, by two people who said why');
  await recovers(parts, reader);
  await resolves(parts, reader, 'Back on v2.13.2 with the old column restored; 0007 must become two migrations.');
}
