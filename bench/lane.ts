/** One raw kept-alive HTTP connection: the next request leaves when the answer is there. Raw, so that the server is the slow part. */
import { connect, type Socket } from 'node:net';

export interface Talker {
  /** Calls `send` when it is time, or without a text: that was the last one. `since`: when it should have left, where that was earlier. */
  next(send: (text: string | undefined, since?: number) => void): void;
  answered(status: string, tookMs: number): void;
  /** The connection failed; its lane ends. */
  broke(because: string): void;
}

export function lane(port: number, talker: Talker): Promise<void> {
  return new Promise((resolve) => {
    const socket: Socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    let sentAt: number | undefined;
    let answer = '';
    const send = (text: string | undefined, since?: number): void => {
      if (text === undefined) return void socket.end();
      answer = '';
      sentAt = since ?? performance.now();
      socket.write(text);
    };
    socket.on('connect', () => talker.next(send));
    socket.on('data', (chunk) => {
      answer += String(chunk);
      const status = wholeStatus(answer);
      if (status === undefined || sentAt === undefined) return;
      const tookMs = performance.now() - sentAt;
      sentAt = undefined;
      talker.answered(status, tookMs);
      talker.next(send);
    });
    socket.on('error', (error) => talker.broke(error.message));
    socket.on('close', () => {
      if (sentAt !== undefined) talker.broke('the connection was closed before the answer');
      resolve();
    });
  });
}

/** The status of a whole answer; undefined: more is to come. */
function wholeStatus(answer: string): string | undefined {
  const end = answer.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer)?.[1];
  const isWhole = length === undefined ? answer.endsWith('0\r\n\r\n') : answer.length >= end + 4 + Number(length);
  return isWhole ? answer.slice(9, 12) : undefined;
}
