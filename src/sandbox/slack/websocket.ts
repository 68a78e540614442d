/** The server's half of RFC 6455, as much as Socket Mode needs: text frames, fragments, ping, pong, close. No extensions. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

export interface Socket {
  send(text: string): void;
  ping(): void;
  /** Says goodbye and ends the connection when the peer has answered, or after a second. */
  close(code?: number): void;
  /** Cuts the line without a word. */
  destroy(): void;
}

export interface SocketEvents {
  onText(text: string): void;
  onClose(): void;
}

interface Frame {
  readonly final: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

// RFC 6455 §1.3: the fixed text that turns a key into the accept header.
const ACCEPT_TEXT = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const CONTINUATION = 0;
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
const MESSAGE_MAX_BYTES = 4 * 1024 * 1024;
const GOODBYE_MS = 1000;

/** Answers the upgrade request, or refuses it with 400 and returns undefined. */
export function acceptSocket(request: IncomingMessage, line: Duplex, events: SocketEvents): Socket | undefined {
  const key = request.headers['sec-websocket-key'];
  if (!key || request.headers.upgrade?.toLowerCase() !== 'websocket') {
    line.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    return undefined;
  }
  const accept = createHash('sha1').update(`${key}${ACCEPT_TEXT}`).digest('base64');
  line.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  const socket = talkOver(line);
  listenOn(line, socket, events);
  return socket;
}

interface Line extends Socket {
  pong(payload: Buffer): void;
}

function talkOver(line: Duplex): Line {
  let saidGoodbye = false;
  const write = (opcode: number, payload: Buffer) => {
    if (line.writable && !saidGoodbye) line.write(encodeFrame(opcode, payload));
  };
  return {
    send: (text) => write(TEXT, Buffer.from(text)),
    ping: () => write(PING, Buffer.from('Ping from the sandbox')),
    pong: (payload) => write(PONG, payload),
    close: (code = 1000) => {
      const payload = Buffer.alloc(2);
      payload.writeUInt16BE(code);
      write(CLOSE, payload);
      saidGoodbye = true;
      setTimeout(() => line.destroy(), GOODBYE_MS).unref();
    },
    destroy: () => line.destroy(),
  };
}

function listenOn(line: Duplex, socket: Line, events: SocketEvents): void {
  let buffered: Buffer = Buffer.alloc(0);
  let fragments: Buffer[] = [];
  const onFrame = ({ final, opcode, payload }: Frame) => {
    if (opcode === PING) socket.pong(payload);
    else if (opcode === CLOSE) {
      socket.close(payload.length >= 2 ? payload.readUInt16BE(0) : 1000);
      line.end();
    } else if (opcode === TEXT || opcode === CONTINUATION) {
      fragments.push(payload);
      if (!final) return;
      const text = Buffer.concat(fragments).toString('utf8');
      fragments = [];
      events.onText(text);
    }
  };
  line.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    const held = fragments.reduce((sum, fragment) => sum + fragment.length, 0);
    for (let taken = decodeFrame(buffered); taken !== 'more'; taken = decodeFrame(buffered)) {
      if (taken === 'bad' || held + buffered.length > MESSAGE_MAX_BYTES) return line.destroy();
      buffered = buffered.subarray(taken.bytes);
      onFrame(taken.frame);
    }
  });
  // Node leaves an HTTP server's side open when the peer has gone (allowHalfOpen): a killed app would seem connected for ever.
  line.on('end', () => line.destroy());
  line.on('error', () => line.destroy());
  line.on('close', () => events.onClose());
}

function encodeFrame(opcode: number, payload: Buffer): Buffer {
  const final = 0x80 | opcode;
  if (payload.length < 126) return Buffer.concat([Buffer.from([final, payload.length]), payload]);
  if (payload.length < 65_536) {
    const head = Buffer.from([final, 126, 0, 0]);
    head.writeUInt16BE(payload.length, 2);
    return Buffer.concat([head, payload]);
  }
  const head = Buffer.alloc(10);
  head.set([final, 127]);
  head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}

/** One frame from the front of `bytes`; `more` when it is not all there yet, `bad` when it is unmasked (§5.1) or too long. */
function decodeFrame(bytes: Buffer): { frame: Frame; bytes: number } | 'more' | 'bad' {
  if (bytes.length < 2) return 'more';
  const first = bytes.readUInt8(0);
  const second = bytes.readUInt8(1);
  if ((second & 0x80) === 0) return 'bad';
  const short = second & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const maskAt = 2 + lengthBytes;
  if (bytes.length < maskAt + 4) return 'more';
  const length = lengthBytes === 2 ? bytes.readUInt16BE(2) : lengthBytes === 8 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (length > MESSAGE_MAX_BYTES) return 'bad';
  const end = maskAt + 4 + length;
  if (bytes.length < end) return 'more';
  const mask = bytes.subarray(maskAt, maskAt + 4);
  const payload = Buffer.from(bytes.subarray(maskAt + 4, end));
  for (let index = 0; index < payload.length; index += 1) payload[index] = (payload[index] ?? 0) ^ (mask[index % 4] ?? 0);
  return { frame: { final: (first & 0x80) !== 0, opcode: first & 0x0f, payload }, bytes: end };
}
