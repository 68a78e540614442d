/**
 * One whole incident, played by the sandbox's people through Slack itself: they see messages, press buttons, fill forms. Nothing
 * here talks to the bot in any other way.
 */
import type { Clock } from '../../lib/clock.ts';
import type { Fields, Values } from '../slack/world.ts';
import type { Stage } from '../stage.ts';
import { type Reader, readSlack } from './reader.ts';
import { screenshot } from './screenshot.ts';

export interface PlayParts {
  readonly stage: Stage;
  readonly clock: Clock;
  /** A line about what was just seen or done. */
  tell(line: string, detail?: string): void;
  /** Rejects after this long without the thing that was waited for. */
  readonly patienceMs: number;
}

/** Fires the story and plays it to its end. Rejects with a sentence that says what did not come. */
export async function play(parts: PlayParts): Promise<void> {
  const { stage, tell } = parts;
  const reader = readSlack(stage.slack);
  const until = <T>(what: string, look: () => T | undefined): Promise<T> => waitFor(parts, what, look);

  tell('checkout-api runs v2.14.0, and its users begin to see errors', 'the shop is a real service on this machine; its metrics feed the alert');
  const channel = await until('the incident channel', reader.incidentChannel);
  tell(`Alertmanager fired: Tagback opened #${channel.name}`);
  await until('the card', () => reader.message(/INC-1/));
  tell('The card is pinned, the people on call are invited, the playbook has started');

  await press(parts, reader, { who: 'U0ADA', label: /take the lead|acknowledge/i, what: 'Ada takes the lead' });
  await collect(parts, reader);
  await until('the result of the log search', () => reader.message(/cartTotal|reading 'total'/));
  tell('The logs are searched: a new error in cartTotal (src/cart/total.ts), first seen with v2.14.0');
  await press(parts, reader, { who: 'U0ADA', label: /^roll back$/i, what: 'Ada decides: roll back' });

  await until('the plan', () => reader.button(/approve/i));
  tell('Plan: v2.14.0 → v2.13.2 by the deploy workflow; pre-flight is green; somebody else must approve');
  await press(parts, reader, { who: 'U0GRACE', label: /approve/i, what: 'Grace approves this exact plan' });
  await until('the workflow run', () => stage.github.runs().find(({ event }) => event === 'workflow_dispatch' && stage.github.effects.length > 0) ?? undefined);
  tell('GitHub runs deploy.yml for v2.13.2');
  await until('the old release', () => (stage.shop.release() === 'v2.13.2' ? true : undefined));
  tell('v2.13.2 is deployed; Tagback asks the service itself which release answers');
  await until('the verdict', () => reader.message(/recovered/i));
  tell('Verdict: recovered, measured against the time before the bad release');
  await resolve(parts, reader);
  await until('the postmortem', () => reader.message(/postmortem/i));
  tell('Resolved; the postmortem draft is in the channel');
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
  const { errors } = await ada.submit(modal.id, values);
  if (errors) throw new Error(`the form was refused: ${JSON.stringify(errors)}`);
  parts.tell('Ada adds the failing URL and a screenshot: the evidence the playbook asks for');
}

async function resolve(parts: PlayParts, reader: Reader): Promise<void> {
  await press(parts, reader, { who: 'U0ADA', label: /^resolve/i, what: undefined });
  const modal = await waitFor(parts, 'the form to resolve', () => reader.modal('U0ADA') ?? (reader.message(/resolved/i) ? 'none needed' : undefined));
  if (typeof modal !== 'object') return;
  const values: Values = {};
  for (const block of modal.blocks) {
    const element = block.element as Fields | undefined; // Slack's own field
    if (element?.type === 'plain_text_input' && block.block_id)
      values[block.block_id] = { [String(element.action_id)]: { value: 'Rolled back to v2.13.2; cartTotal needs a fix before v2.14.1.' } };
  }
  const { errors } = await parts.stage.slack.as('U0ADA').submit(modal.id, values);
  if (errors) throw new Error(`the form was refused: ${JSON.stringify(errors)}`);
}

async function press(parts: PlayParts, reader: Reader, act: { who: string; label: RegExp; what: string | undefined }): Promise<void> {
  const button = await waitFor(parts, `a button ${act.label}`, () => reader.button(act.label));
  const target = button.blockId === undefined ? button.actionId : { blockId: button.blockId, actionId: button.actionId };
  const acked = await parts.stage.slack.as(act.who).click(button.channel.id, button.message.ts, target, button.value);
  if (acked.kind !== 'acked') throw new Error(`pressing ${act.label} was not answered: ${acked.kind}`);
  if (act.what !== undefined) parts.tell(act.what);
}

/** People look again when something changes, and give up when nothing does for too long. */
async function waitFor<T>(parts: PlayParts, what: string, look: () => T | undefined): Promise<T> {
  const { stage, clock, patienceMs } = parts;
  const deadline = clock.now() + patienceMs;
  for (;;) {
    const seen = look();
    if (seen !== undefined) return seen;
    if (clock.now() >= deadline) throw new Error(`${what} did not come within ${patienceMs / 1000} s`);
    await new Promise<void>((resolve) => {
      const off = stage.slack.on(() => done());
      const cancel = clock.at(Math.min(deadline, clock.now() + 250), () => done());
      const done = (): void => {
        off();
        cancel();
        resolve();
      };
    });
  }
}
