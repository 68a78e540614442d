/** Files: the upload in three steps, what is known of a file, and its bytes for those who may read them. */
import { withIds } from './blocks.ts';
import { type Answer, blocksRefusal, type Call, channelOf, count, has, isRefusal, missing, refuse, text } from './call.ts';
import { isFields } from './shape.ts';
import { addFile, addMessage, byBot, findMessage, shareFile } from './state.ts';
import type { Channel, SlackFile, World } from './world.ts';

const FILE_MAX_BYTES = 1024 ** 3;

/** An upload between its first step and its last. */
export interface Upload {
  readonly fileId: string;
  readonly name: string;
  readonly length: number;
  bytes?: Buffer;
}

export type Uploads = Map<string, Upload>;

export function getUploadUrl(uploads: Uploads, call: Call): Answer {
  const lacks = missing(call, 'filename', 'length');
  if (lacks) return lacks;
  const length = count(call, 'length', { fallback: 0, max: Number.MAX_SAFE_INTEGER });
  if (length < 1) return refuse('invalid_arguments', { response_metadata: { messages: ['[ERROR] length must be a number above 0'] } });
  if (length > FILE_MAX_BYTES) return refuse('file_upload_size_restricted');
  const fileId = call.world.nextId('F');
  const ticket = `${fileId}-${call.world.nextId('u')}`;
  uploads.set(ticket, { fileId, name: text(call, 'filename'), length });
  return { ok: true, upload_url: `${call.origin}/upload/v1/${ticket}`, file_id: fileId };
}

/** The second step: the bytes, as a form with one file in it or bare. */
export async function takeBytes(uploads: Uploads, ticket: string, sent: { body: Buffer; contentType: string }): Promise<{ status: number; said: string }> {
  const upload = uploads.get(ticket);
  if (!upload) return { status: 404, said: 'not found' };
  const bytes = sent.contentType.startsWith('multipart/form-data') ? await fileInForm(sent) : sent.body;
  if (!bytes) return { status: 400, said: 'no file in the form' };
  if (bytes.length !== upload.length) return { status: 400, said: `announced ${upload.length} bytes, got ${bytes.length}` };
  upload.bytes = bytes;
  return { status: 200, said: `OK - ${bytes.length}` };
}

async function fileInForm({ body, contentType }: { body: Buffer; contentType: string }): Promise<Buffer | undefined> {
  try {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
    for (const part of form.values()) if (typeof part !== 'string') return Buffer.from(await part.arrayBuffer());
  } catch {
    // Not a form after all: the caller answers 400.
  }
  return undefined;
}

const named = (value: unknown): { id: string; title?: string }[] =>
  (Array.isArray(value) ? value : []).filter(isFields).map(({ id, title }) => ({ id: String(id), ...(typeof title === 'string' ? { title } : {}) }));

export function completeUpload(uploads: Uploads, call: Call): Answer {
  const wanted = named(call.args.files);
  const found = wanted.map(({ id, title }) => ({ title, entry: [...uploads].find(([, upload]) => upload.fileId === id && upload.bytes) }));
  if (wanted.length === 0) return missing(call, 'files') ?? refuse('invalid_arguments');
  if (found.some(({ entry }) => !entry)) return refuse('file_not_found');
  const channel = has(call, 'channel_id') ? channelOf(call, 'channel_id') : undefined;
  if (channel && isRefusal(channel)) return channel;
  if (channel && !channel.members.has(call.world.bot.userId)) return refuse('not_in_channel');
  if (channel && has(call, 'thread_ts') && !findMessage(channel, text(call, 'thread_ts'))) return refuse('thread_not_found');
  const badBlocks = blocksRefusal(call.world, call.args.blocks);
  if (badBlocks) return badBlocks;
  const files = found.flatMap(({ title, entry }) => {
    if (!entry) return [];
    const [ticket, { fileId, name, bytes = Buffer.alloc(0) }] = entry;
    uploads.delete(ticket);
    return [addFile(call.world, call.origin, { id: fileId, name, bytes, user: call.world.bot.userId, ...(title ? { title } : {}) })];
  });
  if (channel) share(call, channel, files);
  return { ok: true, files };
}

function share(call: Call, channel: Channel, files: SlackFile[]): void {
  const { world, args } = call;
  const comment = text(call, 'initial_comment');
  const message = addMessage(world, channel, {
    ...byBot(world),
    subtype: 'file_share',
    upload: true,
    text: comment,
    files,
    ...(args.blocks && !comment ? { blocks: withIds(args.blocks, world.nextId) } : {}),
    ...(has(call, 'thread_ts') ? { thread_ts: text(call, 'thread_ts') } : {}),
  });
  for (const file of files) shareFile(world, file, { channel: channel.id, ts: message.ts });
}

export function fileInfo(call: Call): Answer {
  const lacks = missing(call, 'file');
  if (lacks) return lacks;
  const file = call.world.files.get(text(call, 'file'));
  return file ? { ok: true, file, comments: [], response_metadata: { next_cursor: '' } } : refuse('file_not_found');
}

/** The file behind `/files-pri/T…-F…/[download/]name`. */
export function fileAt(world: World, path: string): SlackFile | undefined {
  const id = /^\/files-pri\/[^/]+?-(F[^/]+)\//.exec(path)?.[1];
  return id === undefined ? undefined : world.files.get(id);
}
