/** The shop's log as a pure function of time: one line for each error the traffic model counts, and the usual noise. */
import type { Phase, Traffic } from './traffic.ts';

export interface LogLine {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
  readonly level: 'info' | 'warn' | 'error';
  /** One JSON object: time, level, msg, and for errors stack. */
  readonly text: string;
}
export interface LogContext {
  readonly service: string;
  readonly traffic: Traffic;
  /** Stack trace of a release's bug. */
  stackOf(release: string): string;
  readonly deploys: readonly { readonly at: number; readonly tag: string }[];
}

export const CART_STACK = [
  "TypeError: Cannot read properties of undefined (reading 'total')",
  '    at cartTotal (src/cart/total.ts:41:23)',
  '    at checkoutSummary (src/checkout/summary.ts:18:21)',
  '    at async checkout (src/api/checkout.ts:27:19)',
  '    at async Server.<anonymous> (src/server.ts:64:5)',
].join('\n');
const GATEWAY_STACK = [
  'GatewayTimeout: payment gateway did not answer within 2000 ms',
  '    at authorize (src/payments/gateway.ts:88:11)',
  '    at async checkout (src/api/checkout.ts:31:9)',
  '    at async Server.<anonymous> (src/server.ts:64:5)',
].join('\n');
const NOISE: readonly (readonly [LogLine['level'], string])[] = [
  ['info', 'GET /cart 200'],
  ['info', 'GET / 200'],
  ['warn', 'payment gateway slow, will retry once'],
  ['warn', 'session cache miss rate above 20 %'],
  ['info', 'POST /cart/items 201'],
];
const SECOND_MS = 1_000;

/** Lines with `from <= at < to`, oldest first. */
export function* logLines(context: LogContext, from: number, to: number): Generator<LogLine> {
  const first = Math.max(context.traffic.origin, Math.floor(from / SECOND_MS) * SECOND_MS);
  for (let second = first; second < to; second += SECOND_MS) {
    for (const line of linesOf(context, second)) if (line.at >= from && line.at < to) yield line;
  }
}

function linesOf(context: LogContext, second: number): readonly LogLine[] {
  const { traffic } = context;
  const phase = traffic.phaseAt(second);
  const counts = traffic.countsOf(second);
  const lines: LogLine[] = context.deploys
    .filter((one) => one.at >= second && one.at < second + SECOND_MS)
    .map((one) => line(context, { at: one.at, level: 'info', msg: `started ${one.tag}`, phase }));
  const when = (key: string) => second + Math.floor(traffic.chance(`when ${key} ${second}`) * SECOND_MS);
  const fail = (count: number, status: number, stack: string) => {
    for (let index = 0; index < count; index++) {
      const key = `${status} ${index}`;
      const msg = `GET /checkout failed: ${stack.split('\n', 1)[0]}`;
      lines.push(
        line(context, {
          at: when(key),
          level: 'error',
          msg,
          phase,
          more: { path: '/checkout', status, requestId: requestId(traffic, `${key} ${second}`), stack },
        }),
      );
    }
  };
  fail(counts['500'], 500, context.stackOf(phase.release));
  fail(counts['503'], 503, GATEWAY_STACK);
  const noise = NOISE[Math.floor(traffic.chance(`noise ${second}`) * NOISE.length * 2)]; // every other second is quiet
  if (noise && phase.isUp)
    lines.push(
      line(context, {
        at: when('noise'),
        level: noise[0],
        msg: noise[1],
        phase,
        more: { durationMs: 12 + Math.floor(traffic.chance(`took ${second}`) * 900) },
      }),
    );
  return lines.sort((a, b) => a.at - b.at);
}

interface Said {
  readonly at: number;
  readonly level: LogLine['level'];
  readonly msg: string;
  readonly phase: Phase;
  readonly more?: Readonly<Record<string, string | number>>;
}

function line({ service }: LogContext, { at, level, msg, phase, more }: Said): LogLine {
  return { at, level, text: JSON.stringify({ time: new Date(at).toISOString(), level, msg, service, release: phase.release, ...more }) };
}

export const requestId = (traffic: Traffic, key: string): string =>
  `req-${Math.floor(traffic.chance(`id ${key}`) * 0xffffffff)
    .toString(16)
    .padStart(8, '0')}`;
