/** What the people of the demo do in Slack: press, type, fill forms, and look until something is there. */
import type { Clock } from '../../lib/clock.ts';
import type { Acked } from '../slack/mini-slack.ts';
import type { Fields, Values } from '../slack/world.ts';
import type { Stage } from '../stage.ts';
import type { Reader } from './reader.ts';

export interface PlayParts {
  readonly stage: Stage;
  readonly clock: Clock;
  /** A line about what was just seen or done. */
  tell(line: string, detail?: string): void;
  /** Rejects after this long without the thing that was waited for. */
  readonly patienceMs: number;
}

export interface Press {
  readonly who: string;
  readonly label: RegExp;
  /** What is told about it; undefined: nothing. */
  readonly what: string | undefined;
}

export async function press(parts: PlayParts, reader: Reader, act: Press): Promise<void> {
  const button = await waitFor(parts, `a button ${act.label}`, () => reader.button(act.label));
  const target = button.blockId === undefined ? button.actionId : { blockId: button.blockId, actionId: button.actionId };
  answered(await parts.stage.slack.as(act.who).click(button.channel.id, button.message.ts, target, button.value), `pressing ${act.label}`);
  if (act.what !== undefined) parts.tell(act.what);
}

/** Presses what opens a form with one text to write, writes it and sends it off. */
export async function explain(parts: PlayParts, reader: Reader, act: Press & { readonly text: string }): Promise<void> {
  await press(parts, reader, { ...act, what: undefined });
  const modal = await waitFor(parts, `the form of ${act.label}`, () => reader.modal(act.who));
  await submit(parts, { who: act.who, form: modal.id, values: written(modal.blocks, act.text) });
  if (act.what !== undefined) parts.tell(act.what, `“${act.text}”`);
}

/** Every field for text, filled with the same. */
export function written(blocks: readonly Fields[], text: string): Values {
  const values: Values = {};
  for (const block of blocks) {
    const element = block.element as Fields | undefined; // Slack's own field
    if (element?.type === 'plain_text_input' && typeof block.block_id === 'string') values[block.block_id] = { [String(element.action_id)]: { value: text } };
  }
  return values;
}

export async function submit({ stage }: PlayParts, filled: { readonly who: string; readonly form: string; readonly values: Values }): Promise<void> {
  const { errors } = await stage.slack.as(filled.who).submit(filled.form, filled.values);
  if (errors) throw new Error(`the form was refused: ${JSON.stringify(errors)}`);
}

export async function type(parts: PlayParts, line: { readonly who: string; readonly channel: string; readonly command: string }): Promise<void> {
  const [command = '', ...rest] = line.command.split(' ');
  answered(await parts.stage.slack.as(line.who).slash(line.channel, command, rest.join(' ')), line.command);
}

function answered(ack: Acked, what: string): void {
  if (ack.kind !== 'acked') throw new Error(`${what} was not answered: ${ack.kind}`);
}

/** People look again when something changes, and give up when nothing does for too long. */
export async function waitFor<T>(parts: PlayParts, what: string, look: () => T | undefined): Promise<T> {
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
