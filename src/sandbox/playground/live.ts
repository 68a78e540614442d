import type { ServerResponse } from 'node:http';
import { markupOf } from './html.ts';
import { markSeen, type Stage, type Visit } from './lens.ts';
import { placeName, type Regions, regions } from './page.ts';
import { statusBox } from './sidebar.ts';

// Changes that come together are drawn together; 30 ms is below what an eye notices.
const GATHER_MS = 30;
// How often the status box is asked, and how often `4 min ago` is drawn afresh.
const STATUS_EVERY_MS = 1000;
const ALL_EVERY_MS = 20_000;

interface Visitor {
  readonly visit: Visit;
  readonly to: ServerResponse;
  sent: Partial<Regions>;
}

export interface Live {
  /** Streams to `to` what changes for this visit, all of it first; ends when the browser leaves. */
  join(visit: Visit, to: ServerResponse): void;
  close(): void;
}

function send(stage: Stage, visitor: Visitor, now: Partial<Regions>): void {
  const { visit, to } = visitor;
  const changed = Object.entries(now).filter(([name, markup]) => visitor.sent[name as keyof Regions] !== markup); // keys of `now` are region names
  visitor.sent = { ...visitor.sent, ...now };
  if (changed.length > 0) to.write(`event: regions\ndata: ${JSON.stringify({ place: placeName(stage, visit), regions: Object.fromEntries(changed) })}\n\n`);
}

function sendAll(stage: Stage, visitor: Visitor): void {
  const { person, channel: id } = visitor.visit;
  const channel = id === undefined ? undefined : stage.slack.world.channels.get(id);
  if (channel !== undefined) markSeen(stage, person, channel);
  send(stage, visitor, regions(stage, visitor.visit));
}

/** One stream of server-sent events per open page. Nothing is drawn and no timer runs while nobody looks. */
export function startLive(stage: Stage): Live {
  const visitors = new Set<Visitor>();
  const timers: { gather?: NodeJS.Timeout; status?: NodeJS.Timeout; sinceAll: number } = { sinceAll: 0 };
  const draw = () => {
    timers.gather = undefined;
    timers.sinceAll = 0;
    for (const visitor of visitors) sendAll(stage, visitor);
  };
  const soon = () => {
    if (visitors.size > 0 && timers.gather === undefined) timers.gather = setTimeout(draw, GATHER_MS);
  };
  const rest = () => {
    clearInterval(timers.status);
    timers.status = undefined;
  };
  const tick = () => {
    if (visitors.size === 0) return rest();
    timers.sinceAll += STATUS_EVERY_MS;
    if (timers.sinceAll >= ALL_EVERY_MS) return soon();
    const status = markupOf(statusBox(stage));
    for (const visitor of visitors) send(stage, visitor, { status });
  };
  const stop = stage.slack.on(soon);
  return {
    join(visit, to) {
      const visitor: Visitor = { visit, to, sent: {} };
      to.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
      to.on('close', () => visitors.delete(visitor));
      visitors.add(visitor);
      timers.status ??= setInterval(tick, STATUS_EVERY_MS);
      sendAll(stage, visitor);
    },
    close() {
      stop();
      clearTimeout(timers.gather);
      rest();
      for (const visitor of visitors) visitor.to.end();
      visitors.clear();
    },
  };
}
