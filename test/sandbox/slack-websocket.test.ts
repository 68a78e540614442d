import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MiniSlack } from '../../src/sandbox/slack/mini-slack.ts';
import { APP_TOKEN, client, stage } from './slack-stage.ts';

let slack: MiniSlack;
let line: Line;

interface Line {
  readonly socket: Socket;
  /** What came in, as frames. */
  readonly frames: { opcode: number; payload: string }[];
  send(opcode: number, payload: string | Buffer, more?: { final?: boolean; masked?: boolean; inPieces?: boolean }): void;
  readonly closed: Promise<void>;
}

/** A client of RFC 6455 by hand, which can also break its rules. */
async function dial(address: string, key = 'dGhlIHNhbXBsZSBub25jZQ=='): Promise<Line & { readonly head: string }> {
  const url = new URL(address);
  const socket = connect(Number(url.port), url.hostname);
  socket.write(
    `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
  const frames: Line['frames'] = [];
  let head = '';
  let bytes = Buffer.alloc(0);
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  const upgraded = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf('\r\n\r\n');
      if (head === '' && end >= 0) {
        head = bytes.subarray(0, end).toString();
        bytes = bytes.subarray(end + 4);
        resolve();
      }
      while (head !== '' && bytes.length >= 2) {
        const short = bytes.readUInt8(1);
        const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
        const start = short === 126 ? 4 : short === 127 ? 10 : 2;
        if (bytes.length < start + length) break;
        frames.push({ opcode: bytes.readUInt8(0) & 15, payload: bytes.subarray(start, start + length).toString() });
        bytes = bytes.subarray(start + length);
      }
    });
    socket.on('close', () => resolve());
  });
  socket.on('error', () => {});
  await upgraded;
  return {
    socket,
    frames,
    head,
    closed,
    send: (opcode, payload, { final = true, masked = true, inPieces = false } = {}) => {
      const frame = encode({ opcode, payload: Buffer.from(payload), final, masked });
      if (!inPieces) return void socket.write(frame);
      for (const byte of frame) socket.write(Buffer.from([byte]));
    },
  };
}

function encode({ opcode, payload, final, masked }: { opcode: number; payload: Buffer; final: boolean; masked: boolean }): Buffer {
  const mask = masked ? randomBytes(4) : Buffer.alloc(0);
  const flag = masked ? 0x80 : 0;
  const length = Buffer.alloc(payload.length < 126 ? 1 : payload.length < 65_536 ? 3 : 9);
  if (length.length === 1) length.writeUInt8(flag | payload.length);
  else if (length.length === 3) {
    length.writeUInt8(flag | 126);
    length.writeUInt16BE(payload.length, 1);
  } else {
    length.writeUInt8(flag | 127);
    length.writeBigUInt64BE(BigInt(payload.length), 1);
  }
  const hidden = masked ? payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)) : payload;
  return Buffer.concat([Buffer.from([(final ? 0x80 : 0) | opcode]), length, mask, hidden]);
}

const address = async () => (await client(slack, APP_TOKEN).apps.connections.open()).url ?? '';
const envelope = () => JSON.parse(line.frames.find(({ payload }) => payload.includes('envelope_id'))?.payload ?? '{}');

beforeEach(async () => {
  slack = await stage();
  line = await dial(await address());
});
afterEach(async () => {
  line.socket.destroy();
  await slack.close();
});

test('the handshake answers the sample key of RFC 6455 and says hello', async () => {
  const other = await dial(await address());
  expect(other.head).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  await expect.poll(() => other.frames[0]?.payload).toContain('"type":"hello","num_connections":2');
  other.socket.destroy();
});

test('a ticket is good for one connection', async () => {
  const url = await address();
  (await dial(url)).socket.destroy();
  expect((await dial(url)).head).toContain('401');
  expect((await dial(url.replace(/ticket=[^&]+/, 'ticket=made-up'))).head).toContain('401');
});

test.each([
  ['in one frame', (answer: string) => line.send(1, answer)],
  ['byte by byte', (answer: string) => line.send(1, answer, { inPieces: true })],
  [
    'in fragments with a ping between them',
    (answer: string) => {
      line.send(1, answer.slice(0, 5), { final: false });
      line.send(9, 'still there?');
      line.send(0, answer.slice(5, 9), { final: false });
      line.send(0, answer.slice(9));
    },
  ],
])('an answer arrives %s', async (_name, send) => {
  const asked = slack.as('U1').slash('general', '/incident', 'x');
  await expect.poll(() => envelope().envelope_id).toBeDefined();
  send(JSON.stringify({ envelope_id: envelope().envelope_id, payload: { text: 'ünï' } }));
  expect(await asked).toEqual({ kind: 'acked', body: { text: 'ünï' } });
});

test.each([1000, 65_535, 65_536, 200_000])('a frame of exactly %i bytes goes out and its words come back whole', async (length) => {
  const bare = slack.as('U1').slash('general', '/incident', '');
  await expect.poll(() => envelope().envelope_id).toBeDefined();
  const overhead = line.frames.splice(0).at(-1)?.payload.length ?? 0;
  const text = 'x'.repeat(length - overhead);
  const asked = slack.as('U1').slash('general', '/incident', text);
  await expect.poll(() => envelope().payload?.text).toBe(text);
  expect(line.frames.at(-1)?.payload.length).toBe(length);
  line.send(1, JSON.stringify({ envelope_id: envelope().envelope_id, payload: { text } }));
  expect(await asked).toEqual({ kind: 'acked', body: { text } });
  line.socket.destroy();
  expect((await bare).kind).toBe('failed');
});

test('a ping comes back as a pong with the same words', async () => {
  line.send(9, 'hello?');
  await expect.poll(() => line.frames.at(-1)).toEqual({ opcode: 10, payload: 'hello?' });
});

test('a close is answered, and whoever waited for an answer learns it', async () => {
  const asked = slack.as('U1').slash('general', '/incident');
  await expect.poll(() => envelope().envelope_id).toBeDefined();
  line.send(8, Buffer.from([0x03, 0xe8]));
  await line.closed;
  expect(line.frames.at(-1)?.opcode).toBe(8);
  expect(await asked).toEqual({ kind: 'failed', why: 'the socket closed before an answer' });
  await expect.poll(() => slack.sockets).toBe(0);
});

test('a frame without a mask, or too long, ends the connection; words that are no JSON do not', async () => {
  line.send(1, 'not JSON');
  line.send(9, 'alive');
  await expect.poll(() => line.frames.at(-1)?.payload).toBe('alive');
  line.send(1, 'unmasked', { masked: false });
  await line.closed;
  const other = await dial(await address());
  other.socket.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0]));
  await other.closed;
});

test('while Slack is down the lines are cut and none can be opened; afterwards they can', async () => {
  const url = await address();
  slack.faults.down(true);
  await line.closed;
  expect((await dial(url)).head).toBe('');
  expect((await slack.as('U1').slash('general', '/incident')).kind).toBe('failed');
  slack.faults.down(false);
  const other = await dial(url);
  await expect.poll(() => slack.sockets).toBe(1);
  other.socket.destroy();
});

test('ten connections are the most', async () => {
  const lines = [];
  for (let count = 1; count < 10; count += 1) lines.push(await dial(await address()));
  await expect(address()).rejects.toThrow('too_many_websockets');
  for (const each of lines) each.socket.destroy();
});
