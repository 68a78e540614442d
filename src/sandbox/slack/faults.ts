/** Faults to order: Slack's Web API answering badly, late, not at all, or cutting the line after the work is done. */
import type { ServerResponse } from 'node:http';
import type { Fault, Faults } from './mini-slack.ts';

export interface FaultDesk extends Faults {
  /** The fault this call has to meet, taken from the list. */
  take(method: string): Fault | undefined;
  readonly isDown: boolean;
  readonly tokenState: 'valid' | 'revoked';
}

export function newFaultDesk(onDown: () => void): FaultDesk {
  const waiting: { method: string; fault: Fault }[] = [];
  const fired: Record<string, number> = {};
  let isDown = false;
  let tokenState: 'valid' | 'revoked' = 'valid';
  return {
    fired,
    get isDown() {
      return isDown;
    },
    get tokenState() {
      return tokenState;
    },
    next: (method, fault) => void waiting.push({ method, fault }),
    take: (method) => {
      const at = waiting.findIndex((each) => each.method === method || each.method === '*');
      const [taken] = at < 0 ? [] : waiting.splice(at, 1);
      if (taken) fired[taken.fault] = (fired[taken.fault] ?? 0) + 1;
      return taken?.fault;
    },
    down: (down) => {
      isDown = down;
      if (down) onDown();
    },
    token: (state) => {
      tokenState = state;
    },
  };
}

/** Whether the call does its work although the caller will not learn it. */
export const worksFirst = (fault: Fault): boolean => fault === 'reset-after' || fault === '502-after';

/** Ends the call as the fault wants; a hanging one is left open until the server closes. */
export function playFault(fault: Fault, response: ServerResponse): number {
  if (fault === 'hang') return 0;
  if (fault === 'reset-before' || fault === 'reset-after') {
    response.socket?.resetAndDestroy();
    return 0;
  }
  if (fault === 'html') return end(response, 200, { type: 'text/html', body: '<!DOCTYPE html><title>Slack</title><h1>Something went wrong</h1>' });
  if (fault === '500') return end(response, 500, { type: 'application/json', body: '{"ok":false,"error":"internal_error"}' });
  if (fault === '502-after') return end(response, 502, { type: 'text/html', body: '<h1>502 Bad Gateway</h1>' });
  const waitSeconds = fault.split(':')[1];
  if (waitSeconds) response.setHeader('retry-after', waitSeconds);
  return end(response, 429, { type: 'application/json', body: '{"ok":false,"error":"ratelimited"}' });
}

function end(response: ServerResponse, status: number, { type, body }: { type: string; body: string }): number {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
  return status;
}
