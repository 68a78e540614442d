/** `rollback:` of one service → the rules a rollback obeys. */
import { WATCH_GLOBS } from '../core/changes.ts';
import type { Approve } from '../core/rollback.ts';
import type { ArtifactAsk, Service } from '../core/service.ts';
import { parseDuration } from '../lib/duration.ts';
import { DAYS, type RollbackEntry } from './services-rollback-shape.ts';

type Rules = Omit<Service['rollback'], 'strategies' | 'migrationsRun'>;

/** Everything but the plugs, which are read with their own schemas. */
export function readRules(entry: RollbackEntry): Rules {
  const { automatic, watch } = entry;
  return {
    approve: readApprove(entry.approve),
    tagPrefix: entry.tag_prefix,
    migrations: entry.migrations,
    watch: {
      config: watch.config ?? WATCH_GLOBS.config,
      locks: watch.locks ?? WATCH_GLOBS.locks,
      api: watch.api ?? WATCH_GLOBS.api,
      infrastructure: watch.infrastructure ?? WATCH_GLOBS.infrastructure,
    },
    artifacts: entry.artifacts.map(readArtifact),
    automatic: automatic && { alerts: automatic.alerts, withinMs: ms(automatic.within), countdownMs: ms(automatic.countdown) },
  };
}

function readApprove(entry: RollbackEntry['approve']): Approve {
  return {
    require: entry.require,
    from: entry.from ?? [],
    ask: entry.ask ?? [],
    requesterMay: entry.requester,
    expiresMs: ms(entry.expires),
    breakGlass: entry.break_glass ?? [],
    quiet: entry.quiet.map(({ days, from, to, zone, require }) => ({
      days: (days ?? []).map((day) => DAYS.indexOf(day)),
      from: minuteOf(from),
      to: minuteOf(to),
      zone,
      require,
    })),
  };
}

/** Of the day, from `22:00`. */
export function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** The schema has seen that exactly one of the three is there. */
function readArtifact({ asset, package: pack, image = '' }: RollbackEntry['artifacts'][number]): ArtifactAsk {
  if (asset !== undefined) return { kind: 'asset', name: asset };
  return pack ? { kind: 'package', ...pack } : { kind: 'image', image };
}

/** Has been checked. */
const ms = (text: string): number => parseDuration(text) ?? 0;
