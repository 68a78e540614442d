/** One HTTP server on 127.0.0.1, the only thing in the sandbox that is not a pure function of time. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Failure } from '../../lib/failure.ts';

export interface Loopback {
  /** `http://127.0.0.1:41234`, no slash at the end. */
  readonly url: string;
  /** While down, open connections are cut and new ones are reset before a byte is read. */
  down(on: boolean): void;
  /** Cuts what is open and stops listening; may be called twice. */
  close(): Promise<void>;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export function listen(handler: Handler, port = 0): Promise<Loopback> {
  const sockets = new Set<Socket>();
  let isDown = false;
  let closing: Promise<void> | undefined;
  const server = createServer((request, response) => {
    void Promise.resolve()
      .then(() => handler(request, response))
      .catch((error: unknown) => answerBroken(response, error)); // ends here: there is nobody above a request
  });
  server.on('connection', (socket) => {
    if (isDown) return void socket.resetAndDestroy();
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy()); // a peer that hangs up is its own business
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = () => {
    closing ??= new Promise((done) => {
      server.close(() => done());
      cut();
    });
    return closing;
  };
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: bound } = server.address() as AddressInfo; // a TCP server that listens always has one
      resolve({
        url: `http://127.0.0.1:${bound}`,
        close,
        down(on) {
          isDown = on;
          if (on) cut();
        },
      });
    });
  });
}

/** Reads a request body of at most `maxBytes`; a longer one is refused, not cut. */
export async function readBody(request: IncomingMessage, maxBytes = 1024 * 1024): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Failure('E_TOO_LARGE', `the body is longer than ${maxBytes} bytes; nothing was done`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
}

function answerBroken(response: ServerResponse, error: unknown): void {
  if (response.destroyed) return;
  if (response.headersSent) return void response.destroy();
  const message = error instanceof Error ? error.message : String(error);
  sendText(response, error instanceof Failure && error.code === 'E_TOO_LARGE' ? 413 : 500, `the sandbox could not answer: ${message}\n`);
}
