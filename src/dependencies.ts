/** How the things we depend on are doing, each with its cause and since when. Nothing here ever ends the process. */
import type { Instant } from './core/model.ts';
import type { Clock } from './lib/clock.ts';

export type DependencyState = 'ok' | 'degraded' | 'down' | 'unknown';
export interface Dependency {
  readonly name: string;
  readonly state: DependencyState;
  readonly cause: string | undefined;
  readonly since: Instant;
}

/** One look at one dependency: undefined cause = fine. Never throws. */
export interface Probe {
  readonly name: string;
  look(signal: AbortSignal): Promise<{ readonly state: DependencyState; readonly cause: string | undefined }>;
}

export interface Dependencies {
  /** A probe, or somebody who just talked to it, says how it is. */
  note(name: string, state: DependencyState, cause: string | undefined): void;
  all(): readonly Dependency[];
  /** Looks at everything now and then again every `everyMs`. Returns at once. */
  watch(probes: readonly Probe[], everyMs: number): void;
  /** Looks at everything once. */
  look(probes: readonly Probe[]): Promise<void>;
  stop(): void;
}

const LOOK_MAX_MS = 9_000;

export function createDependencies(parts: {
  clock: Clock;
  log: { warn(fields: object, message: string): void; info(fields: object, message: string): void };
}): Dependencies {
  const { clock, log } = parts;
  const known = new Map<string, Dependency>();
  let cancel = (): void => undefined;
  const abort = new AbortController();
  const note: Dependencies['note'] = (name, state, cause) => {
    const before = known.get(name);
    if (before?.state === state && before.cause === cause) return;
    known.set(name, { name, state, cause, since: before?.state === state ? before.since : clock.now() });
    // One line per change, not per look: an outage of an hour is two lines.
    if (state === 'down' || state === 'degraded') log.warn({ dependency: name, state, cause }, 'dependency is not well');
    else if (before && before.state !== 'unknown' && state === 'ok') log.info({ dependency: name }, 'dependency is well again');
  };
  const look: Dependencies['look'] = async (probes) => {
    await Promise.all(
      probes.map(async (probe) => {
        const seen = await probe
          .look(AbortSignal.any([abort.signal, AbortSignal.timeout(LOOK_MAX_MS)]))
          .catch((error: unknown) => ({ state: 'down' as const, cause: error instanceof Error ? error.message : 'it could not be asked' }));
        if (!abort.signal.aborted) note(probe.name, seen.state, seen.cause);
      }),
    );
  };
  return {
    note,
    look,
    all: () => [...known.values()],
    watch(probes, everyMs) {
      for (const { name } of probes) if (!known.has(name)) note(name, 'unknown', undefined);
      const again = (): void => {
        void look(probes).finally(() => {
          if (!abort.signal.aborted) cancel = clock.at(clock.now() + everyMs, again);
        });
      };
      again();
    },
    stop() {
      abort.abort();
      cancel();
    },
  };
}
