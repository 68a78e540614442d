/** Pictures and files go up in three calls; the middle one goes to an address Slack names, and never carries our token. */
import { Failure } from '../lib/failure.ts';
import { plainLine } from './escape.ts';
import { list } from './loose.ts';
import type { Talk } from './talk.ts';
import { toFailure } from './talk-failure.ts';
import type { Fetch } from './talk-fetch.ts';
import type { Answer, Lanes } from './talk-lane.ts';
import { said } from './talk-messages.ts';

/** Of a thread's oldest messages; what we put there stands right at its beginning. */
const PAGE_SIZE = 200;

interface Parts {
  readonly lanes: Lanes;
  readonly fetch: Fetch;
  readonly now: () => number;
  readonly deadlineMs: number;
  /** Of the Slack API; the upload address must be there or at slack.com. */
  readonly apiUrl: string;
}

interface Upload {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly altText: string | undefined;
  readonly share: { readonly channel: string; readonly comment?: string; readonly thread?: string } | undefined;
}

export function files(parts: Parts): Pick<Talk, 'uploadImage' | 'uploadFile' | 'hasFile'> {
  return {
    uploadImage: ({ name, png, altText, channel }) => upload(parts, { name, bytes: png, altText, share: channel ? { channel } : undefined }),
    uploadFile: ({ channel, name, content, comment, thread }) =>
      upload(parts, { name, bytes: new TextEncoder().encode(content), altText: undefined, share: { channel, comment, ...(thread && { thread }) } }),
    async hasFile({ channel, thread, name }) {
      const answer = await parts.lanes.call('conversations.replies', { channel, ts: thread, limit: PAGE_SIZE }, { write: false, channel });
      return list(answer.messages).some(({ files: shared }) => list(shared).some((file) => file.name === safeName(name)));
    },
  };
}

const safeName = (name: string): string => plainLine(name, 120).replace(/[/\\]/g, '-') || 'file';

async function upload(parts: Parts, file: Upload): Promise<string> {
  const { lanes } = parts;
  const filename = safeName(file.name);
  const place = await lanes.call(
    'files.getUploadURLExternal',
    { filename, length: file.bytes.byteLength, ...(file.altText && { alt_txt: plainLine(file.altText, 1000) }) },
    { write: true },
  );
  const id = said(place, 'file_id', 'files.getUploadURLExternal');
  await sendBytes(parts, said(place, 'upload_url', 'files.getUploadURLExternal'), file.bytes);
  const { share } = file;
  const shared = share && {
    channel_id: share.channel,
    ...(share.comment && { initial_comment: share.comment }),
    ...(share.thread && { thread_ts: share.thread }),
  };
  const answer = await lanes.call('files.completeUploadExternal', { files: [{ id, title: filename }], ...shared }, { write: true });
  return firstId(answer) ?? id;
}

async function sendBytes(parts: Parts, url: string, bytes: Uint8Array): Promise<void> {
  const attempt = { method: 'file upload', channel: undefined, write: true, now: parts.now() };
  if (!isSlackHost(url, parts.apiUrl))
    throw new Failure('E_URL_HOST', 'Slack named an upload address outside slack.com; no file was sent', { permanent: true });
  let status: number;
  try {
    const answer = await parts.fetch(url, {
      method: 'POST',
      body: bytes,
      headers: { 'content-type': 'application/octet-stream' },
      redirect: 'error',
      signal: AbortSignal.timeout(parts.deadlineMs),
    });
    status = answer.status;
    await answer.text();
  } catch (error) {
    throw toFailure(error, attempt);
  }
  // Until the third call the file is not there for anybody: nothing to look up, the upload may simply be repeated.
  if (status !== 200) throw new Failure('E_SLACK', `file upload was answered with HTTP ${status}; the file is not there`, {});
}

/** slack.com, slack-gov.com or, in tests and behind gateways, the host of SLACK_API_URL. */
export function isSlackHost(url: string, apiUrl: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, origin } = new URL(url);
  if (URL.canParse(apiUrl) && origin === new URL(apiUrl).origin) return true;
  return protocol === 'https:' && /(^|\.)slack(-gov|-files)?\.com$/.test(hostname);
}

function firstId(answer: Answer): string | undefined {
  const id = list(answer.files)[0]?.id;
  return typeof id === 'string' ? id : undefined;
}
