/** What Slack sends when a person does something: commands, clicks, submissions, shortcuts. */
import { elementsOf } from './blocks.ts';
import { fillIn, holdingOf, stateOf } from './form.ts';
import type { Choice, Target } from './mini-slack.ts';
import { newHook } from './response-url.ts';
import { newTrigger } from './views.ts';
import type { Block, Channel, Ephemeral, Fields, Message, View, World } from './world.ts';

export interface Sender {
  readonly world: World;
  readonly origin: string;
  readonly user: string;
}

const nameOf = ({ world, user }: Sender): string => world.people.get(user)?.name ?? user;

/** The fields all interactions share. */
function common(sender: Sender): Fields {
  const { world, user } = sender;
  const name = nameOf(sender);
  return {
    team: { id: world.team.id, domain: world.team.domain },
    user: { id: user, username: name, name, team_id: world.team.id },
    api_app_id: world.bot.appId,
    token: 'sandbox-verification-token',
    enterprise: null,
    is_enterprise_install: false,
  };
}

/** `@ada` and `#general` as Slack writes them when the manifest says `should_escape`. */
export function escaped(world: World, text: string): string {
  const person = (name: string) => [...world.people.values()].find((each) => each.name === name);
  const channel = (name: string) => [...world.channels.values()].find((each) => each.name === name && each.kind !== 'im');
  return text
    .replaceAll(/(?<![\w<])@([\w.-]+)/g, (all, name: string) => (person(name) ? `<@${person(name)?.id}|${name}>` : all))
    .replaceAll(/(?<![\w<])#([\w-]+)/g, (all, name: string) => (channel(name) ? `<#${channel(name)?.id}|${name}>` : all));
}

export function commandPayload(sender: Sender, channel: Channel, { command, text }: { command: string; text: string }): { payload: Fields; hookId: string } {
  const { world, user } = sender;
  const hook = newHook(sender, { channel: channel.id });
  const payload = {
    token: 'sandbox-verification-token',
    team_id: world.team.id,
    team_domain: world.team.domain,
    channel_id: channel.id,
    channel_name: channel.kind === 'im' ? 'directmessage' : channel.kind === 'private' ? 'privategroup' : channel.name,
    user_id: user,
    user_name: nameOf(sender),
    command,
    text,
    api_app_id: world.bot.appId,
    is_enterprise_install: 'false',
    response_url: hook.url,
    trigger_id: newTrigger(world, user),
  };
  return { payload, hookId: hook.id };
}

export interface Found {
  readonly block: Block;
  readonly element: Fields;
}

/** The element with this action_id; undefined when there is none, or several and no block is named. */
export function findElement(blocks: readonly Block[], target: Target): Found | undefined {
  const { blockId, actionId } = typeof target === 'string' ? { blockId: undefined, actionId: target } : target;
  const found = blocks
    .filter((block) => blockId === undefined || block.block_id === blockId)
    .flatMap((block) => elementsOf(block).map((element) => ({ block, element })))
    .filter(({ element }) => element.action_id === actionId);
  return found.length === 1 ? found[0] : undefined;
}

/** The entry in `actions`: what was acted on and what was chosen. */
export function actionOf(world: World, { block, element }: Found, choice: Choice): Fields {
  const base = { type: element.type, action_id: element.action_id, block_id: block.block_id, action_ts: world.nextTs() };
  if (element.type === 'button') {
    const { text, value, style, url } = element;
    return { ...base, text, ...(value === undefined ? {} : { value }), ...(style ? { style } : {}), ...(url ? { url } : {}) };
  }
  if (element.type === 'overflow') return { ...base, ...stateOf({ ...element, type: 'static_select' }, { selected_option: choice }), type: 'overflow' };
  return { ...base, ...stateOf(element, chosen(element, choice)) };
}

/** A choice as the element's state. */
export function chosen(element: Fields, choice: Choice): Fields {
  const key = holdingOf(element)?.key;
  if (key === undefined) return {};
  const isNumber = element.type === 'datetimepicker' && typeof choice === 'string';
  return { [key]: isNumber ? Number(choice) : (choice ?? null) };
}

export function clickPayload(sender: Sender, channel: Channel, clicked: { message: Message; ephemeral?: Ephemeral; action: Fields }): Fields {
  const { message, ephemeral, action } = clicked;
  const isEphemeral = ephemeral !== undefined;
  const hook = newHook(sender, { channel: channel.id, originTs: message.ts, isEphemeral, ...(message.thread_ts ? { threadTs: message.thread_ts } : {}) });
  const shown = isEphemeral ? { is_ephemeral: true } : { is_ephemeral: false };
  const thread = message.thread_ts ? { thread_ts: message.thread_ts } : {};
  return {
    type: 'block_actions',
    ...common(sender),
    container: { type: 'message', message_ts: message.ts, channel_id: channel.id, ...shown, ...thread },
    trigger_id: newTrigger(sender.world, sender.user),
    channel: { id: channel.id, name: channel.kind === 'im' ? 'directmessage' : channel.name },
    // Slack does not show an ephemeral message to the app again.
    ...(isEphemeral ? {} : { message: structuredClone(message) }),
    state: { values: fillIn(message.blocks ?? [], { [String(action.block_id)]: { [String(action.action_id)]: action } }) },
    response_url: hook.url,
    actions: [action],
  };
}

export function viewClickPayload(sender: Sender, view: View, action: Fields): Fields {
  return {
    type: 'block_actions',
    ...common(sender),
    container: { type: 'view', view_id: view.id },
    trigger_id: newTrigger(sender.world, sender.user, view.id),
    view: structuredClone(view),
    actions: [action],
  };
}

/** Conversation menus with `response_url_enabled` give the app an address to answer to. */
function responseUrls(sender: Sender, view: View): Fields[] {
  return view.blocks.flatMap((block) =>
    elementsOf(block).flatMap((element) => {
      const state = view.state.values[String(block.block_id)]?.[String(element.action_id)];
      const channel = state?.selected_conversation ?? state?.selected_channel;
      if (element.response_url_enabled !== true || typeof channel !== 'string') return [];
      return [{ block_id: block.block_id, action_id: element.action_id, channel_id: channel, response_url: newHook(sender, { channel }).url }];
    }),
  );
}

export function submissionPayload(sender: Sender, view: View): Fields {
  return {
    type: 'view_submission',
    ...common(sender),
    trigger_id: newTrigger(sender.world, sender.user, view.id),
    view: structuredClone(view),
    response_urls: responseUrls(sender, view),
  };
}

export const closedPayload = (sender: Sender, view: View, isCleared: boolean): Fields => ({
  type: 'view_closed',
  ...common(sender),
  view: structuredClone(view),
  is_cleared: isCleared,
});

export const suggestionPayload = (sender: Sender, view: View, { block, element, typed }: Found & { typed: string }): Fields => ({
  type: 'block_suggestion',
  ...common(sender),
  container: { type: 'view', view_id: view.id },
  view: structuredClone(view),
  block_id: block.block_id,
  action_id: element.action_id,
  value: typed,
});

export const shortcutPayload = (sender: Sender, callbackId: string): Fields => ({
  type: 'shortcut',
  ...common(sender),
  callback_id: callbackId,
  action_ts: sender.world.nextTs(),
  trigger_id: newTrigger(sender.world, sender.user),
});

export const messageShortcutPayload = (sender: Sender, channel: Channel, { callbackId, message }: { callbackId: string; message: Message }): Fields => ({
  type: 'message_action',
  ...common(sender),
  callback_id: callbackId,
  action_ts: sender.world.nextTs(),
  message_ts: message.ts,
  trigger_id: newTrigger(sender.world, sender.user),
  response_url: newHook(sender, { channel: channel.id }).url,
  channel: { id: channel.id, name: channel.name },
  message: structuredClone(message),
});
