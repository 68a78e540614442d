/** The scenes of the demo: each is another world around the same program, and what its people do there. */
import { Failure } from '../../lib/failure.ts';
import type { FileChange } from '../github/history.ts';
import type { StageOptions } from '../stage.ts';
import type { PlayParts } from './hands.ts';
import { playGreen } from './play.ts';
import { playAutomatic } from './play-automatic.ts';
import { playIdentity } from './play-identity.ts';
import { playNoEffect } from './play-no-effect.ts';
import { playRed } from './play-red.ts';

export interface Scene {
  /** What is different in this world; undefined: nothing, it is the usual one. */
  readonly about: string | undefined;
  readonly world: Omit<StageOptions, 'clock'>;
  /** Longest wait for one thing. */
  readonly patienceMs: number;
  /** How many effects GitHub has seen when it ends as it should. */
  readonly dispatches: number;
  play(parts: PlayParts): Promise<void>;
}

const PATIENCE_MS = 30_000;
/** Of the countdown, the shortest that services.yml takes, and of measurements on a busy machine. */
const LONG_PATIENCE_MS = 90_000;

/** So many that a few seconds are proof: a verdict wants requests, not time. */
const BUSY = { requestsPerSecond: 200 };

const DROPS: FileChange = {
  path: 'db/migrate/0007_loyalty_discounts.sql',
  status: 'added',
  additions: 2,
  deletions: 0,
  patch: '@@ -0,0 +1,2 @@\n+alter table order_lines add column loyalty_discount_cents bigint;\n+alter table order_lines drop column discount_percent;',
};

/** Exactly one place of services.yml, because a scene whose change found no place would quietly be another one. */
const put = (place: RegExp, words: string) => (text: string) => {
  if (!place.test(text)) throw new Failure('E_CONFIG', `the sandbox's services.yml has no place ${place}`);
  return text.replace(place, words);
};
const afterApprove = (line: string) => put(/^( +)(approve: .*)$/m, `$1$2\n$1${line}`);

const green: Scene = { about: undefined, world: { history: { sameDependencies: true }, shop: BUSY }, patienceMs: PATIENCE_MS, dispatches: 1, play: playGreen };

const red: Scene = {
  about: 'v2.14.0 brought a migration that drops a column, and it was run: the pre-flight is red.',
  world: {
    history: { migration: DROPS },
    shop: { ...BUSY, migrationsRun: ['0006_receipts', '0007_loyalty_discounts'] },
    services: (text) => {
      const [, shop = ''] = /^ +urls: \['(.*)\/checkout'\]$/m.exec(text) ?? [];
      return afterApprove(`migrations_run: { use: http, url: '${shop}/migrations', list: applied }`)(text);
    },
  },
  patienceMs: LONG_PATIENCE_MS,
  dispatches: 1,
  play: playRed,
};

const identity: Scene = {
  about: 'The deploy says it succeeded, and two of three replicas go on as before.',
  world: {
    shop: { ...BUSY, stuckReplicas: 2 },
    services: (text) =>
      put(
        /patience: 60s/,
        'patience: 10s',
      )(
        put(
          /version: \{ url: '(.*)\/version', field: tag \}/,
          "version: { urls: ['$1/replicas/1/version', '$1/replicas/2/version', '$1/replicas/3/version'], field: tag }",
        )(text),
      ),
  },
  patienceMs: LONG_PATIENCE_MS,
  dispatches: 1,
  play: playIdentity,
};

const noEffect: Scene = {
  about: 'The payment gateway fails minutes after a release that has nothing to do with it.',
  world: { shop: { ...BUSY, behaviours: { 'v2.14.0': { errorRatio: 0, rampMs: 1_000 } } }, services: put(/patience: 60s/, 'patience: 10s') },
  patienceMs: LONG_PATIENCE_MS,
  dispatches: 2,
  play: playNoEffect,
};

const automatic: Scene = {
  about: 'services.yml lets a rollback begin by itself: on this alert, right after a release, over green checks.',
  world: {
    history: { sameDependencies: true },
    services: afterApprove('automatic: { alerts: [{ alertname: CheckoutHigh5xx }], within: 30m, countdown: 30s }'),
  },
  patienceMs: LONG_PATIENCE_MS,
  dispatches: 1,
  play: playAutomatic,
};

export const SCENES = { green, red, identity, 'no-effect': noEffect, automatic } as const satisfies Readonly<Record<string, Scene>>;

/** Throws E_ARGS and names the scenes there are. */
export function sceneOf(name: string): Scene {
  const found = Object.entries(SCENES).find(([known]) => known === name);
  if (found) return found[1];
  throw new Failure('E_ARGS', `“${name.slice(0, 40)}” is no scene of the demo; nothing was started`, { hint: `Scenes are: ${Object.keys(SCENES).join(', ')}` });
}
