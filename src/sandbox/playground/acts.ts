import { z } from 'zod';
import { Failure } from '../../lib/failure.ts';
import type { Acked, SubmitResult } from '../slack/mini-slack.ts';
import { valuesOf } from './fields.ts';
import type { Stage } from './lens.ts';
import { asCommand, asSlackText } from './typed.ts';

const id = z.string().min(1).max(255);
const choice = z.union([z.string().max(3000), z.array(z.string().max(255)).max(100)]).optional();
// Slack cuts a message at 40 000 characters.
const text = z.string().max(40_000);

/** What the browser may ask for, on behalf of the person `as`. */
export const actSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('say'), as: id, channel: id, text, thread: id.optional(), files: z.array(id).max(10).optional() }),
  z.strictObject({ kind: z.literal('click'), as: id, channel: id, ts: id, block: id, action: id, choice }),
  z.strictObject({ kind: z.literal('clickInView'), as: id, view: id, block: id, action: id, choice }),
  z.strictObject({
    kind: z.literal('submit'),
    as: id,
    view: id,
    fields: z.array(z.strictObject({ block: id, action: id, chosen: z.array(text).max(100) })).max(100),
  }),
  z.strictObject({ kind: z.literal('close'), as: id, view: id }),
  z.strictObject({ kind: z.literal('shortcut'), as: id, callback: id }),
  z.strictObject({ kind: z.literal('messageShortcut'), as: id, callback: id, channel: id, ts: id }),
  z.strictObject({ kind: z.literal('react'), as: id, channel: id, ts: id, name: id }),
  z.strictObject({ kind: z.literal('join'), as: id, channel: id }),
  z.strictObject({ kind: z.literal('try'), as: id, index: z.number().int().min(0) }),
]);

export type Act = z.infer<typeof actSchema>;

/** What the browser is told: a line to show for a moment, or that the form has errors (the form itself comes by the live stream). */
export interface ActAnswer {
  readonly toast?: string;
  readonly errors?: Readonly<Record<string, string>>;
}

/** Slack's own words for an app that did not answer; undefined when all went well. */
function trouble(ack: Acked, what: string): string | undefined {
  if (ack.kind === 'timeout') return `${what} failed with the error “operation_timeout”: the app did not answer within 3 seconds.`;
  if (ack.kind === 'failed') return `${what} failed with the error “dispatch_failed”: ${ack.why}.`;
  return ack.kind === 'unsent' ? `${what} reached nobody: ${ack.why}.` : undefined;
}

function told(ack: Acked, what: string): ActAnswer {
  const toast = trouble(ack, what);
  return toast === undefined ? {} : { toast };
}

/** For what Slack already says in the channel, only a late answer is worth a second line. */
function late(ack: Acked, what: string): ActAnswer {
  return ack.kind === 'timeout' ? told(ack, what) : {};
}

/** A message is there whether or not the app listens, so only commands tell of trouble. */
async function say(stage: Stage, act: Extract<Act, { kind: 'say' }>): Promise<ActAnswer> {
  const acts = stage.slack.as(act.as);
  const command = act.thread === undefined && act.files === undefined ? asCommand(act.text) : undefined;
  if (command !== undefined) return late(await acts.slash(act.channel, command.command, command.text), command.command);
  await acts.say(act.channel, asSlackText(act.text, stage.slack.world), { thread: act.thread, files: act.files });
  return {};
}

async function submit(stage: Stage, act: Extract<Act, { kind: 'submit' }>): Promise<ActAnswer> {
  const open = stage.slack.world.views.get(act.view);
  if (open === undefined || open.user !== act.as)
    throw new Failure('E_NOT_FOUND', `the form ${act.view} is no longer open; nothing was sent`, { hint: 'open it again' });
  const { ack, errors }: SubmitResult = await stage.slack.as(act.as).submit(act.view, valuesOf(open.view.blocks, act.fields));
  return errors === undefined ? told(ack, 'The form') : { errors };
}

async function attempt(stage: Stage, index: number): Promise<ActAnswer> {
  const wanted = stage.extras.tries?.[index];
  if (wanted === undefined) throw new Failure('E_NOT_FOUND', `there is no entry ${index} under “Try”; nothing happened`, { hint: 'load the page again' });
  const toast = await wanted.act();
  return toast === undefined ? {} : { toast };
}

/** Does one act as the person named in it, and waits until the app has answered. */
export async function perform(stage: Stage, act: Act): Promise<ActAnswer> {
  if (!stage.extras.cast.some(({ id: member }) => member === act.as)) {
    throw new Failure('E_NOT_ALLOWED', `nobody here can act as ${act.as}; nothing happened`, { hint: 'choose a person under “Acting as”' });
  }
  const acts = stage.slack.as(act.as);
  switch (act.kind) {
    case 'say':
      return say(stage, act);
    case 'click':
      return late(await acts.click(act.channel, act.ts, { blockId: act.block, actionId: act.action }, act.choice), 'The button');
    case 'clickInView':
      return told(await acts.clickInView(act.view, { blockId: act.block, actionId: act.action }, act.choice), 'The button');
    case 'submit':
      return submit(stage, act);
    case 'close':
      await acts.closeView(act.view);
      return {};
    case 'shortcut':
      return told(await acts.shortcut(act.callback), 'The shortcut');
    case 'messageShortcut':
      return late(await acts.messageShortcut(act.callback, act.channel, act.ts), 'The shortcut');
    case 'react':
      await acts.react(act.channel, act.ts, act.name);
      return {};
    case 'join':
      await acts.join(act.channel);
      return {};
    case 'try':
      return attempt(stage, act.index);
  }
}
