/** One call of the Web API as the methods see it, and the refusals they share. */
import { flawsOfBlocks, flawsOfView, isTooMuchText, type KnowsFile } from './blocks.ts';
import { type Flaw, isFields } from './shape.ts';
import { findMessage } from './state.ts';
import type { Channel, Fields, Message, World } from './world.ts';

export interface Call {
  readonly world: World;
  /** Arguments; what Slack takes as JSON (blocks, view, metadata, …) is parsed already. */
  readonly args: Fields;
  /** `http://127.0.0.1:PORT`, for addresses in answers. */
  readonly origin: string;
  readonly scopes: ReadonlySet<string>;
}

export type Answer = Fields & { ok: boolean };
export type Refusal = Fields & { ok: false; error: string };

export const refuse = (error: string, more: Fields = {}): Refusal => ({ ok: false, error, ...more });
export const isRefusal = (value: object): value is Refusal => 'ok' in value && value.ok === false;

export const text = (call: Call, name: string): string => {
  const value = call.args[name];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
};
export const flag = (call: Call, name: string): boolean => {
  const value = call.args[name];
  return value === true || value === 'true' || value === 1 || value === '1';
};
export const has = (call: Call, name: string): boolean => call.args[name] !== undefined && call.args[name] !== '';
export const csv = (call: Call, name: string): string[] => {
  const value = call.args[name];
  const parts = Array.isArray(value) ? value.map(String) : text(call, name).split(',');
  return parts.map((part) => part.trim()).filter((part) => part !== '');
};

/** A whole number between 1 and `max`, or `fallback`. */
export function count(call: Call, name: string, { fallback, max }: { fallback: number; max: number }): number {
  const value = Number(call.args[name] ?? fallback);
  return Number.isInteger(value) && value >= 1 ? Math.min(value, max) : fallback;
}

/** Slack's answer when required arguments are missing; undefined when all are there. */
export function missing(call: Call, ...names: readonly string[]): Refusal | undefined {
  const messages = names.filter((name) => !has(call, name)).map((name) => `[ERROR] missing required field: ${name}`);
  return messages.length > 0 ? refuse('invalid_arguments', { response_metadata: { messages } }) : undefined;
}

/** The channel named by id in `channel`; private ones only for members. */
export function channelOf(call: Call, name = 'channel'): Channel | Refusal {
  const lacks = missing(call, name);
  if (lacks) return lacks;
  const channel = call.world.channels.get(text(call, name));
  if (!channel || (channel.kind === 'private' && !channel.members.has(call.world.bot.userId))) return refuse('channel_not_found');
  return channel;
}

/** The same, and the bot is in it. */
export function ownChannelOf(call: Call, name = 'channel'): Channel | Refusal {
  const channel = channelOf(call, name);
  if (isRefusal(channel)) return channel;
  if (channel.isArchived) return refuse('is_archived');
  return channel.members.has(call.world.bot.userId) ? channel : refuse('not_in_channel');
}

export function messageOf(call: Call, channel: Channel, name: string): Message | Refusal {
  return missing(call, name) ?? findMessage(channel, text(call, name)) ?? refuse('message_not_found');
}

export const knowsFile =
  (world: World): KnowsFile =>
  (idOrUrl) =>
    world.files.has(idOrUrl) || [...world.files.values()].some((file) => file.url_private === idOrUrl || file.url_private_download === idOrUrl);

const spoken = (flaw: Flaw): string => `${flaw.message} [json-pointer:${flaw.pointer}]`;

export function refuseFlaws(error: string, flaws: readonly Flaw[]): Refusal {
  return refuse(error, { errors: flaws.map(spoken), response_metadata: { messages: flaws.map((flaw) => `[ERROR] ${spoken(flaw)}`) } });
}

/** What is wrong with the blocks of a message, if anything. */
export function blocksRefusal(world: World, blocks: unknown): Refusal | undefined {
  if (blocks === undefined || blocks === null || blocks === '') return undefined;
  if (!Array.isArray(blocks)) return refuse('invalid_blocks_format');
  const flaws = flawsOfBlocks(blocks, knowsFile(world));
  if (flaws.length > 0) return refuseFlaws('invalid_blocks', flaws);
  return isTooMuchText(blocks) ? refuse('msg_blocks_too_long') : undefined;
}

// views.* of @slack/web-api: a view's JSON is at most 250 KB.
const VIEW_MAX_BYTES = 250_000;

export function viewRefusal(world: World, view: unknown): Refusal | undefined {
  if (!isFields(view))
    return refuse('invalid_arguments', { response_metadata: { messages: ['[ERROR] failed to match all allowed schemas [json-pointer:/view]'] } });
  if (Buffer.byteLength(JSON.stringify(view)) > VIEW_MAX_BYTES) return refuse('view_too_large');
  const flaws = flawsOfView(view, knowsFile(world));
  return flaws.length > 0 ? refuseFlaws('invalid_arguments', flaws) : undefined;
}

// Slack gives no figure; messages with more than this were refused in practice.
const METADATA_MAX_BYTES = 8000;

/** `event_type` of letters, digits and `_`; values that are plain, flat objects, or lists of those (@slack/types, message-metadata). */
export function metadataRefusal(metadata: unknown): Refusal | undefined {
  if (metadata === undefined || metadata === null || metadata === '') return undefined;
  if (!isFields(metadata)) return refuse('invalid_metadata_format');
  if (Object.keys(metadata).length === 0 || Array.isArray(metadata.entities)) return undefined;
  const { event_type: type, event_payload: payload } = metadata;
  if (typeof type !== 'string' || !/^\w+$/.test(type) || !isFields(payload)) return refuse('invalid_metadata_schema');
  if (Buffer.byteLength(JSON.stringify(metadata)) > METADATA_MAX_BYTES) return refuse('metadata_too_large');
  return Object.values(payload).every(isMetadataValue) ? undefined : refuse('invalid_metadata_schema');
}

const isFlat = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);
const isFlatObject = (value: unknown): boolean => isFields(value) && Object.values(value).every(isFlat);
const isMetadataValue = (value: unknown): boolean => isFlat(value) || isFlatObject(value) || (Array.isArray(value) && value.every(isFlatObject));

/** One page of `items`; the cursor is the index of the next one. */
export function page<T>(call: Call, items: readonly T[], limits: { fallback: number; max: number }): { items: readonly T[]; next: string } | Refusal {
  const from = has(call, 'cursor') ? Number(Buffer.from(text(call, 'cursor'), 'base64').toString().replace('next:', '')) : 0;
  if (!Number.isInteger(from) || from < 0) return refuse('invalid_cursor');
  const to = from + count(call, 'limit', limits);
  return { items: items.slice(from, to), next: to < items.length ? Buffer.from(`next:${to}`).toString('base64') : '' };
}
