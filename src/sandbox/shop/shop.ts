/** A shop that really runs: releases behave differently, metrics count, logs tell why. */
import { appendFileSync } from 'node:fs';
import type { Clock } from '../../lib/clock.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { CART_STACK, type LogContext, type LogLine, logLines } from './logs.ts';
import { listen } from './loopback.ts';
import { type Series, shopFamilies } from './series.ts';
import { createStorefront } from './storefront.ts';
import { type Behaviour, createTraffic, type Phase, shareAt, steady, type Traffic } from './traffic.ts';

export interface ShopOptions {
  readonly clock: Clock;
  /** The release that runs at the start. Default v2.13.2. */
  readonly release?: string;
  /** What ran before it, and since when `release` runs: so that /version, logs and baseline agree with GitHub's history. */
  readonly before?: { readonly release: string; readonly until: number };
  readonly seed?: number;
  /** By tag. Default: v2.14.0 fails 8 % of requests, everything else is well. */
  readonly behaviours?: Readonly<Record<string, Behaviour>>;
  readonly service?: string;
  readonly requestsPerSecond?: number;
  /** Of the three replicas, how many no deploy reaches: they keep what they run until `restart`. Default 0. */
  readonly stuckReplicas?: number;
  /** What `/migrations` lists as applied. Default: nothing. */
  readonly migrationsRun?: readonly string[];
  /** How far metrics and logs reach back before the start. Default 65 minutes. */
  readonly historyMs?: number;
  /** Log lines are appended here too, as they come to pass. */
  readonly logFile?: string;
  readonly port?: number;
}
export interface Shop {
  readonly url: string;
  readonly service: string;
  /** Metrics as they were at any moment of the past. */
  readonly series: readonly Series[];
  /** What ran since when, oldest first. */
  readonly history: readonly { readonly at: number; readonly tag: string }[];
  release(): string;
  deploy(tag: string): void;
  /** Replicas that a deploy did not reach run it from now on. */
  restart(): void;
  /** Wakes the bug of the running release; a release without one, or `dependency`, means: something it depends on breaks, which no rollback cures. */
  breakNow(cause?: 'release' | 'dependency'): void;
  /** Both are well again, until the next deploy of a bad release. */
  heal(): void;
  /** Nobody answers and nothing is counted. */
  down(on: boolean): void;
  isUpAt(at: number): boolean;
  /** Share of requests that fail now, without the good day's few. */
  errorRatio(): number;
  logs(from: number, to: number): Iterable<LogLine>;
  close(): Promise<void>;
}

export const BAD_RELEASE: Behaviour = { errorRatio: 0.08, rampMs: 4_000 };
const DEPENDENCY_RATIO = 0.12;
const HEAL_MS = 2_000;
const BASE_RATIO = 0.004;
const LOG_TICK_MS = 1_000;

export async function startShop(options: ShopOptions): Promise<Shop> {
  const { clock, service = 'checkout-api' } = options;
  const labels = { service, env: 'production' };
  const behaviours = options.behaviours ?? { 'v2.14.0': BAD_RELEASE };
  const origin = clock.now() - (options.historyMs ?? 65 * 60_000);
  const past = pastPhases(options, behaviours, origin);
  const traffic = createTraffic({ origin, seed: options.seed ?? 1, requestsPerSecond: options.requestsPerSecond ?? 40, baseRatio: BASE_RATIO }, past);
  const history = past.map((phase) => ({ at: phase.at, tag: phase.release }));
  const context: LogContext = { service, traffic, deploys: history, stackOf: (release) => behaviours[release]?.stack ?? CART_STACK };
  const families = shopFamilies(traffic, labels);
  const fleet = createFleet(() => traffic.phaseAt(clock.now()).release, options.stuckReplicas ?? 0);
  const { migrationsRun = [] } = options;
  const server = await listen(createStorefront({ clock, traffic, families, context, labels, fleet, migrationsRun }), options.port);
  const stopLog = options.logFile === undefined ? () => undefined : followLog(clock, options.logFile, context);
  return {
    url: server.url,
    service,
    series: families.flatMap((family) => family.series),
    history,
    ...controls({ clock, traffic, behaviours, history, fleet }),
    down(on) {
      traffic.change(nextPhase(traffic.phaseAt(clock.now()), { at: clock.now(), rampMs: 0, isUp: !on }));
      server.down(on);
    },
    isUpAt: (at) => traffic.phaseAt(at).isUp,
    logs: (from, to) => logLines(context, from, Math.min(to, clock.now() + 1)),
    async close() {
      stopLog();
      await server.close();
    },
  };
}

interface Levers {
  readonly clock: Clock;
  readonly traffic: Traffic;
  readonly behaviours: Readonly<Record<string, Behaviour>>;
  readonly history: { at: number; tag: string }[];
  readonly fleet: Fleet;
}

function controls({ clock, traffic, behaviours, history, fleet }: Levers): Pick<Shop, 'release' | 'deploy' | 'restart' | 'breakNow' | 'heal' | 'errorRatio'> {
  const release = () => traffic.phaseAt(clock.now()).release;
  const change = (to: Omit<Change, 'at' | 'rampMs'>) => {
    const rampMs = behaviours[to.release ?? release()]?.rampMs ?? HEAL_MS;
    traffic.change(nextPhase(traffic.phaseAt(clock.now()), { at: clock.now(), rampMs, ...to }));
  };
  return {
    release,
    deploy(tag) {
      history.push({ at: clock.now(), tag });
      const reached = fleet.reached();
      change({ release: tag, bug: shareOf(behaviours[tag]) * reached + shareOf(behaviours[fleet.kept]) * (1 - reached) });
    },
    restart() {
      fleet.restart();
      change({ bug: shareOf(behaviours[release()]) });
    },
    breakNow(cause) {
      const bug = behaviours[release()]?.errorRatio;
      change(cause === 'dependency' || bug === undefined ? { dependency: DEPENDENCY_RATIO } : { bug });
    },
    heal: () => change({ bug: 0, dependency: 0 }),
    errorRatio() {
      const { bug, dependency } = traffic.sharesAt(clock.now());
      return bug + dependency;
    },
  };
}

function pastPhases(options: ShopOptions, behaviours: Readonly<Record<string, Behaviour>>, origin: number): readonly Phase[] {
  const release = options.release ?? 'v2.13.2';
  const behaviour = behaviours[release];
  const share = shareOf(behaviour);
  const well = { bug: steady(origin), dependency: steady(origin), isUp: true };
  if (!options.before) return [{ at: origin, release, ...well, bug: steady(origin, share) }];
  const { until } = options.before;
  const first: Phase = { at: Math.min(origin, until), release: options.before.release, ...well };
  return [first, nextPhase(first, { at: until, release, bug: share, rampMs: behaviour?.rampMs ?? HEAL_MS })];
}

/** Of the requests it answers, those its own bug fails. */
const shareOf = (behaviour: Behaviour | undefined): number => (behaviour && !behaviour.isDormant ? behaviour.errorRatio : 0);

interface Change {
  readonly at: number;
  /** How long a rise takes; a fall takes HEAL_MS. */
  readonly rampMs: number;
  readonly release?: string;
  readonly bug?: number;
  readonly dependency?: number;
  readonly isUp?: boolean;
}

function nextPhase(now: Phase, { at, rampMs, release, bug, dependency, isUp }: Change): Phase {
  const ramp = (old: Phase['bug'], to: number | undefined): Phase['bug'] => {
    if (to === undefined) return old;
    const from = shareAt(old, at);
    return { at, from, to, ms: to > from ? rampMs : HEAL_MS };
  };
  return { at, release: release ?? now.release, bug: ramp(now.bug, bug), dependency: ramp(now.dependency, dependency), isUp: isUp ?? now.isUp };
}

function followLog(clock: Clock, file: string, context: LogContext): () => void {
  let written = clock.now();
  let stop: () => void = () => undefined;
  const tick = () => {
    const now = clock.now();
    const lines = [...logLines(context, written, now)].map((line) => `${line.text}\n`);
    if (lines.length > 0) appendFileSync(file, lines.join(''));
    written = now;
    stop = clock.at(now + LOG_TICK_MS, tick);
  };
  tick();
  return () => stop();
}
