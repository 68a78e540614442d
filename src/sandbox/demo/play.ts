/**
 * One whole incident, played by the sandbox's people through Slack itself: they see messages, press buttons, fill forms. Nothing
 * here talks to the bot in any other way.
 */
import type { Channel, Fields, Values } from '../slack/world.ts';
import { explain, type PlayParts, press, submit, type, waitFor } from './hands.ts';
import { type Reader, readSlack } from './reader.ts';
import { screenshot } from './screenshot.ts';

/** Fires the story and plays it to its end. Rejects with a sentence that says what did not come. */
export async function playGreen(parts: PlayParts): Promise<void> {
  const { tell } = parts;
  const reader = readSlack(parts.stage.slack);
  await opens(parts, reader);
  await waitFor(parts, 'the card', () => reader.message(/INC-1/));
  tell('The card is pinned, the people on call are invited, the playbook has started');

  await press(parts, reader, { who: 'U0ADA', label: /take the lead|acknowledge/i, what: 'Ada takes the lead' });
  await collect(parts, reader);
  await waitFor(parts, 'the result of the log search', () => reader.message(/cartTotal|reading 'total'/));
  tell('The logs are searched: a new error in cartTotal (src/cart/total.ts), first seen with v2.14.0');
  await press(parts, reader, { who: 'U0ADA', label: /^roll back$/i, what: 'Ada decides: roll back' });

  await waitFor(parts, 'the plan', () => reader.button(/approve/i));
  tell('Plan: v2.14.0 → v2.13.2 by the deploy workflow; pre-flight is green; somebody else must approve');
  await press(parts, reader, { who: 'U0GRACE', label: /approve/i, what: 'Grace approves this exact plan' });
  await deploys(parts, { tag: 'v2.13.2', times: 1 });
  tell('v2.13.2 is deployed; Tagback asks the service itself which release answers');
  await recovers(parts, reader);
  await resolves(parts, reader, 'Rolled back to v2.13.2; cartTotal needs a fix before v2.14.1.');
}

export async function opens(parts: PlayParts, reader: Reader): Promise<Channel> {
  parts.tell('checkout-api runs v2.14.0, and its users begin to see errors', 'the shop is a real service on this machine; its metrics feed the alert');
  const channel = await waitFor(parts, 'the incident channel', reader.incidentChannel);
  parts.tell(`Alertmanager fired: Tagback opened #${channel.name}`);
  return channel;
}

/** Ada leads, and asks by command, so that she need not wait for the playbook. */
export async function asks(parts: PlayParts, reader: Reader, why: string): Promise<void> {
  const channel = await opens(parts, reader);
  await press(parts, reader, { who: 'U0ADA', label: /take the lead/i, what: 'Ada takes the lead' });
  await waitFor(parts, 'the invitation of Ada', () => channel.members.has('U0ADA') || undefined);
  await type(parts, { who: 'U0ADA', channel: channel.id, command: `/rollback checkout-api v2.13.2 --reason ${why}` });
  parts.tell('Ada types /rollback checkout-api v2.13.2', why);
}

async function collect(parts: PlayParts, reader: Reader): Promise<void> {
  const { stage } = parts;
  const ada = stage.slack.as('U0ADA');
  await press(parts, reader, { who: 'U0ADA', label: /add|collect/i, what: undefined });
  const modal = await waitFor(parts, 'the form for URLs and screenshots', () => reader.modal('U0ADA'));
  const file = await ada.upload('checkout-error.png', screenshot());
  const values: Values = {};
  for (const block of modal.blocks) {
    const element = block.element as Fields | undefined; // Slack's own field
    if (!element || !block.block_id) continue;
    const actionId = String(element.action_id);
    if (element.type === 'file_input') values[block.block_id] = { [actionId]: { files: [file] } };
    else if (/url/i.test(`${element.type} ${actionId} ${block.block_id}`)) values[block.block_id] = { [actionId]: { value: `${stage.shop.url}/checkout` } };
  }
  await submit(parts, { who: 'U0ADA', form: modal.id, values });
  parts.tell('Ada adds the failing URL and a screenshot: the evidence the playbook asks for');
}

/** `times`: how many deploys were dispatched when this one is. */
export async function deploys(parts: PlayParts, { tag, times }: { readonly tag: string; readonly times: number }): Promise<void> {
  const { stage } = parts;
  const sent = (): boolean => stage.github.effects.length >= times;
  await waitFor(parts, 'the workflow run', () => stage.github.runs().find(({ event }) => event === 'workflow_dispatch' && sent()));
  parts.tell(`GitHub runs deploy.yml for ${tag}`);
  await waitFor(parts, `${tag} in production`, () => (stage.shop.release() === tag ? true : undefined));
}

/** `measured`: against what, as the scene has it. */
export async function recovers(parts: PlayParts, reader: Reader, measured = 'measured against the time before the bad release'): Promise<void> {
  await waitFor(parts, 'the verdict', () => reader.message(/recovered/i));
  parts.tell(`Verdict: recovered, ${measured}`);
}

export async function resolves(parts: PlayParts, reader: Reader, text: string): Promise<void> {
  await explain(parts, reader, { who: 'U0ADA', label: /^resolve/i, what: undefined, text });
  await waitFor(parts, 'the postmortem', () => reader.message(/postmortem/i));
  parts.tell('Resolved; the postmortem draft is in the channel');
}
