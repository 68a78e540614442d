/** Slack's rate limits, by the given clock: calls a minute by tier, and one message a second in each channel. */
import type { Clock } from '../../lib/clock.ts';
import type { Limits } from './mini-slack.ts';

/** Calls a minute (docs.slack.dev, rate limits). */
const TIERS = { 1: 1, 2: 20, 3: 50, 4: 100, none: Number.POSITIVE_INFINITY } as const;
export type Tier = keyof typeof TIERS;

const MINUTE_MS = 60_000;
const MESSAGE_MS = 1000;
/** Slack lets short bursts pass without saying how long. */
const CHANNEL_BURST = 5;
const POSTS = new Set(['chat.postMessage', 'chat.postEphemeral']);

/** Seconds to wait, or 0 when the call may pass (and is counted). */
export type Limiter = (method: string, tier: Tier, channel: string) => number;

export function newLimiter(clock: Clock, limits: Limits): Limiter {
  const calls = new Map<string, number[]>();
  const channelFreeAt = new Map<string, number>();
  const own = typeof limits === 'object' ? limits : {};
  const burst = own.channelBurst ?? CHANNEL_BURST;

  const byMinute = (method: string, perMinute: number): number => {
    const now = clock.now();
    const recent = (calls.get(method) ?? []).filter((at) => at > now - MINUTE_MS);
    calls.set(method, recent);
    const oldest = recent[0];
    if (oldest === undefined || recent.length < perMinute) {
      recent.push(now);
      return 0;
    }
    return Math.ceil((oldest + MINUTE_MS - now) / 1000);
  };
  // A channel's debt grows by a second with each message; more than the burst is refused.
  const byChannel = (channel: string): number => {
    const now = clock.now();
    const debtMs = Math.max(0, (channelFreeAt.get(channel) ?? 0) - now);
    if (debtMs > (burst - 1) * MESSAGE_MS) return Math.max(1, Math.ceil((debtMs - (burst - 1) * MESSAGE_MS) / 1000));
    channelFreeAt.set(channel, now + debtMs + MESSAGE_MS);
    return 0;
  };
  return (method, tier, channel) => {
    if (limits === 'off') return 0;
    if (POSTS.has(method)) {
      const waits = byChannel(channel);
      if (waits > 0 || own.perMinute?.[method] === undefined) return waits;
    }
    return byMinute(method, own.perMinute?.[method] ?? TIERS[tier]);
  };
}
