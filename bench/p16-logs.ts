/** L1: 10 MB of log text grouped into errors, and how long the event loop stands still for it; scrubbing them of secrets. Beside it: reading each line once. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { LogLine } from '../src/logs/backend.ts';
import { cleanLines } from '../src/logs/clean.ts';
import { groupErrors } from '../src/logs/fingerprint.ts';
import { pause } from './child.ts';
import { ms, type Row } from './row.ts';
import { median, notes, wideSpread } from './stats.ts';

const BYTES = 10_000_000;
const ROUNDS = 5;
const WARM_UP = 1;
/** Resolution of the event-loop clock; what it shows beyond this is delay. */
const RESOLUTION_MS = 1;
const GOAL_MS = 1_000;
const GOAL_BLOCKED_MS = 50;

export const logs: Row = {
  ids: ['L1'],
  async run() {
    const lines = text();
    const never = new AbortController().signal;
    const grouped = await measured(() => groupErrors(lines, never));
    const scrubbed = await measured(() => cleanLines(lines));
    const floor = await measured(() => Promise.resolve(readOnce(lines)));
    const line = (what: string, { took, blocked, cpu }: Measured) => [
      {
        ...{ id: 'L1', what, ours: `p50 ${ms(median(took))}`, floor: `p50 ${ms(median(floor.took))} (each line read once)` },
        ...{ ratio: median(took) / median(floor.took), goal: `p50 ≤ ${GOAL_MS} ms`, ok: median(took) <= GOAL_MS },
        note: notes(`processor time p50 ${ms(median(cpu))}; ${lines.length} lines, ${ROUNDS} rounds`, wideSpread(took, 0)),
      },
      {
        ...{ id: 'L1', what: 'event loop blocked meanwhile, at most', ours: `p50 ${ms(median(blocked))}`, floor: '–', ratio: undefined },
        ...{ goal: `p50 ≤ ${GOAL_BLOCKED_MS} ms`, ok: median(blocked) <= GOAL_BLOCKED_MS, note: undefined },
      },
    ];
    return [...line('10 MB of log text → kinds of error', grouped), ...line('10 MB of log text without its secrets', scrubbed)];
  },
};

interface Measured {
  readonly took: readonly number[];
  /** The longest the event loop was late in each round, in ms. */
  readonly blocked: readonly number[];
  /** Processor time of this thread in each round, in ms: what is left of `took` on a machine that does nothing else. */
  readonly cpu: readonly number[];
}

async function measured(work: () => Promise<unknown>): Promise<Measured> {
  const rounds: { took: number; blocked: number; cpu: number }[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    delay.enable();
    const before = process.threadCpuUsage();
    const startedAt = performance.now();
    await work();
    const took = performance.now() - startedAt;
    const { user, system } = process.threadCpuUsage(before);
    await pause(2 * RESOLUTION_MS); // a delay shows with the next tick of the clock
    delay.disable();
    if (round >= WARM_UP) rounds.push({ took, blocked: Math.max(0, delay.max / 1e6 - RESOLUTION_MS), cpu: (user + system) / 1_000 });
  }
  return { took: rounds.map(({ took }) => took), blocked: rounds.map(({ blocked }) => blocked), cpu: rounds.map(({ cpu }) => cpu) };
}

function readOnce(lines: readonly LogLine[]): number {
  let errors = 0;
  for (const { text: line } of lines) if (line.startsWith('{') ? JSON.parse(line).level === 'error' : line.includes('ERROR')) errors++;
  return errors;
}

/** What services really write: requests, JSON, access logs, and one line in five an error with its stack trace. The same text each time. */
function text(): readonly LogLine[] {
  let state = 16;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const lines: LogLine[] = [];
  for (let bytes = 0, at = Date.UTC(2026, 10, 20, 10); bytes < BYTES; at += 10)
    for (const line of entry(below, new Date(at).toISOString())) {
      lines.push({ at, text: line });
      bytes += line.length + 1;
    }
  return lines;
}

function entry(below: (limit: number) => number, iso: string): readonly string[] {
  const id = (below(2 ** 31) + 2 ** 31).toString(16);
  switch (below(10)) {
    case 0:
      return [
        `${iso} ERROR [worker-${below(9)}] shop.cart: order ${below(9_999)} failed`,
        'Traceback (most recent call last):',
        '  File "/srv/app/core/cache.py", line 88, in get_multi',
        '    return self._load(ids)',
        `  File "/srv/app/core/domain/state_${'abcdefghijkl'[below(12)]}.py", line 1624, in from_dict`,
        "    state_dict['x'],",
        "KeyError: 'x'",
      ];
    case 1: {
      const stack = `TypeError: Cannot read properties of undefined (reading 'total')\n    at cartTotal${'abcdefghij'[below(10)]} (src/cart/total.ts:41:23)\n    at summary (src/checkout/summary.ts:18:21)`;
      return [JSON.stringify({ time: iso, level: 'error', msg: `checkout ${below(9_999)} failed`, requestId: id, stack })];
    }
    case 2:
    case 3:
    case 4:
      return [JSON.stringify({ time: iso, level: 'info', hostname: 'shop-7f9c6d', reqId: id, msg: 'request completed', status: 200, ms: below(900) })];
    case 5:
    case 6:
      return [
        `10.0.0.${below(250)} - - [20/Nov/2026:10:00:00 +0000] "GET /api/v1/orders/${below(99_999)}?page=2 HTTP/1.1" 200 ${below(9_999)} "-" "Mozilla/5.0 (X11; Linux x86_64)"`,
      ];
    default:
      return [`${iso} INFO [http-${below(20)}] GET /api/v1/orders/${below(99_999)}?page=${below(9)} 200 ${below(900)}ms trace_id=${id}${id}`];
  }
}
