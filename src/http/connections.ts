/** At most so many connections, and slow senders give way to new ones instead of locking them out. */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { STATUS_CODES } from './node-http.ts';

const LINGER_MS = 1_000;
const MESSAGES = { 400: 'E_HEADER', 408: 'E_TIMEOUT', 431: 'E_TOO_LARGE', 503: 'E_DRAINING' } as const;

export interface Connections {
  begin(request: IncomingMessage): void;
  end(request: IncomingMessage): void;
  /** Closes what carries no request, now and as answers end. Node's own closeIdleConnections leaves out those that never sent one. */
  closeIdle(): void;
}

/**
 * When the limit is passed, the connection that has gone longest without an answer is closed: an idle one, or one that sends a byte a
 * second. A request that has come in whole is never cut off; when there are only such, the new connection is turned away with 503.
 */
export function boundConnections(server: Server, most: number): Connections {
  /** In the order of their last answer, oldest first; the request that is being sent or answered, if any. */
  const open = new Map<Socket, IncomingMessage | undefined>();
  let isClosing = false;

  server.on('connection', (socket: Socket) => {
    open.set(socket, undefined);
    socket.once('close', () => open.delete(socket));
    if (open.size <= most) return;
    for (const [candidate, request] of open) {
      if (candidate === socket) break;
      if (request?.complete) continue;
      candidate.destroy();
      open.delete(candidate);
      return;
    }
    turnAway(socket, 503);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') turnAway(socket, 408);
    else turnAway(socket, error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400);
  });

  return {
    begin(request) {
      if (open.has(request.socket)) open.set(request.socket, request);
    },
    end(request) {
      if (!open.delete(request.socket) || request.socket.destroyed) return;
      if (isClosing) request.socket.destroySoon();
      else open.set(request.socket, undefined);
    },
    closeIdle() {
      isClosing = true;
      for (const [socket, request] of open) if (!request) socket.destroy();
    },
  };
}

/** For what never became a request: there is no ServerResponse yet. */
function turnAway(socket: { end(text: string): unknown; destroy(): unknown }, status: keyof typeof MESSAGES): void {
  const body = JSON.stringify({
    error: { code: MESSAGES[status], message: 'the request could not be read', path: '(request)', hint: 'send one complete HTTP/1.1 request at once' },
  });
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n`;
  socket.end(`${head}${status === 503 ? 'Retry-After: 5\r\n' : ''}\r\n${body}`);
  setTimeout(() => socket.destroy(), LINGER_MS).unref(); // a sender that does not read would keep its half open
}
