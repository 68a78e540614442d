/** The sandbox with times short enough that one incident takes a few seconds and no rate limit stands in the way. */
import { realClock } from '../../src/lib/clock.ts';
import type { Gate } from '../../src/sandbox/gate.ts';
import { openStage, type Stage } from '../../src/sandbox/stage.ts';

/** Seconds are whole in PromQL and in services.yml; many requests a second make two seconds enough to judge by. */
const REQUESTS_PER_SECOND = 500;
const ERROR_RATIO = 'sum(rate(http_requests_total{service="checkout-api",code=~"5.."}[2s])) / sum(rate(http_requests_total{service="checkout-api"}[2s]))';
const GITHUB_TIMING = { queuedMs: 100, buildMs: 150, deployMs: 150, finishMs: 50 };

/** `services`: another services.yml instead of the demo's. */
export function openShortWorld({ gate, services }: { gate?: Gate; services?: string } = {}): Promise<Stage> {
  return openStage({
    clock: realClock,
    slack: { limits: 'off', ...(gate && { gate }) },
    github: { timing: GITHUB_TIMING, writesPerMinute: 1_000, ...(gate && { gate }) },
    // A clear case: what is judged here is not the statistics.
    shop: { requestsPerSecond: REQUESTS_PER_SECOND, behaviours: { 'v2.14.0': { errorRatio: 0.5, rampMs: 500 } } },
    services: (text) => services ?? text.replaceAll('[5s]', '[2s]').replace('quiet: 4s', 'quiet: 1s').replace('for: 2s', 'for: 1s'),
  });
}

/** An alert that notices soon and, while the bot is down, tries again soon. */
export const watchShop = (stage: Stage, botUrl: string) => stage.alerting(botUrl, { query: ERROR_RATIO, forMs: 300, everyMs: 200 }, 150);
