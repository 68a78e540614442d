/**
 * One line of rollbacks, one after the other, through our real core, engine, store, deed and GitHub client; only Slack is left out. Each has
 * a GitHub of its own, and the clock is moved by hand, so that two minutes of looking up take milliseconds.
 */
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import type { Context } from '../../../src/core/draft.ts';
import { isEnded } from '../../../src/core/evolve.ts';
import type { Command, IncidentId, Person } from '../../../src/core/model.ts';
import type { Rollback } from '../../../src/core/rollback.ts';
import type { Service } from '../../../src/core/service.ts';
import { openCabinet } from '../../../src/engine/cabinet.ts';
import { createHandle, type Handled } from '../../../src/engine/handle.ts';
import { createReception } from '../../../src/engine/receive.ts';
import { type Hands, startWorker, WORKER_LIMITS, type Worker } from '../../../src/engine/worker.ts';
import { createGitHub, type GitHub } from '../../../src/github/client.ts';
import { createLog } from '../../../src/lib/log.ts';
import { takeTurns } from '../../../src/lib/turns.ts';
import { STRATEGIES } from '../../../src/rollbacks/index.ts';
import { type GitHubOptions, type MiniGitHub, SANDBOX_TOKEN, startGitHub } from '../../../src/sandbox/github/server.ts';
import { createDeed, type RollbackDeed } from '../../../src/steps/rollback-deed.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import type { Store } from '../../../src/store/store.ts';
import { service as anyService } from '../../core/given.ts';
import { handClock } from '../../flows/clock.ts';
import type { FaultProxy } from './fault-proxy.ts';

export interface Lane {
  readonly clock: ReturnType<typeof handClock>;
  /** A new incident of a fresh GitHub, with a plan that waits for approval. */
  begin(options?: Partial<GitHubOptions>, tag?: string): Promise<Intent>;
  close(): Promise<void>;
}
export interface Intent {
  readonly github: MiniGitHub;
  /** As it is now. */
  rollback(): Promise<Rollback | undefined>;
  does(by: Person, command: Command): Promise<Handled>;
  /** Moves the time on until the rollback has ended, at most `mostMs` of it. */
  untilEnded(mostMs: number): Promise<Rollback | undefined>;
  /** Moves the time on by so much and runs what has become due. */
  pass(ms: number): Promise<void>;
  end(): Promise<void>;
}

export const asker: Person = { slackId: 'U0ASKER', name: 'Ada', rank: 'member', groups: [] };
export const approver = (number = 1): Person => ({ slackId: `U0APPROVER${number}`, name: `Approver ${number}`, rank: 'member', groups: ['S0APPROVE'] });

/** A request that has not come back for so long of real time, while nothing else moved, waits for a clock that only we move. */
const HANGS_MS = 150;
const silent = createLog({ level: 'silent' });
type Strategies = Service['rollback']['strategies'];
const WORKFLOW = {
  use: 'dispatch-workflow',
  options: STRATEGIES.find(({ use }) => use === 'dispatch-workflow')?.options.parse({ workflow: 'deploy.yml' }) as never,
};
const serviceWith = (strategies: Strategies): Service => ({
  ...anyService,
  health: { errorRate: undefined, urls: [], version: undefined },
  rollback: { ...anyService.rollback, strategies },
});

/** `strategies`: their options as services.yml would give them, with their defaults filled in. */
export async function openLane(proxy: FaultProxy, strategies: Strategies = [WORKFLOW]): Promise<Lane> {
  const service = serviceWith(strategies);
  const clock = handClock();
  const { store, busy, close } = counted(await openSqlite({ path: ':memory:' }));
  const cabinet = openCabinet(store);
  let worker: Worker | undefined;
  let deed: RollbackDeed | undefined;
  const context = (): Context => ({ now: clock.now(), service, playbook: undefined, noLeadMs: 0, announces: false });
  const shared = { store, cabinet, clock, turn: takeTurns(), context, committing: (end: Promise<unknown>) => worker?.kick(end) };
  const handle = createHandle(shared);
  const reception = createReception({ ...shared, log: silent, catalog: () => ({ services: [service] }), read: () => ({ signals: [], changes: [] }) });
  const incident = async (id: IncidentId) => (await cabinet.load(id))?.incident ?? Promise.reject(new Error(`no incident ${id}`));
  const hands: Hands = {
    begins: [],
    patienceMs: () => 60 * 60_000,
    async perform(task, aid) {
      if (task.effect.kind !== 'rollback' || !deed) return { kind: 'done' };
      return deed[task.effect.stage]({ incident: await incident(task.incident), service, id: task.effect.id, task, aid });
    },
  };
  worker = startWorker({ store, clock, handle, log: silent, hands, performed: () => undefined, limits: WORKER_LIMITS });

  /** Nobody is at work: no request is out, the database owes nothing, and nothing has stirred for some turns. */
  const calm = async (): Promise<void> => {
    let [still, since] = [0, performance.now()];
    while (still < 4) {
      const before = [clock.stirs, proxy.inFlight(), busy()].join();
      await turn();
      const moved = [clock.stirs, proxy.inFlight(), busy()].join() !== before;
      if (moved) since = performance.now();
      const hangs = performance.now() - since > HANGS_MS;
      still = !moved && busy() === 0 && (proxy.inFlight() === 0 || hangs) ? still + 1 : 0;
      if (still === 0) await wait(0);
    }
  };
  let number = 0;
  return {
    clock,
    async begin(options = {}, tag) {
      number += 1;
      const github = await startGitHub({ clock, writesPerMinute: 10_000, ...options });
      proxy.aim(github.url);
      const client: GitHub = createGitHub({ url: proxy.url, auth: { kind: 'token', token: SANDBOX_TOKEN }, clock, log: silent });
      deed = createDeed({
        github: client,
        strategies: STRATEGIES,
        now: clock.now,
        probe: () => Promise.reject(new Error('nothing is probed here')),
        surroundings: () => Promise.resolve({ artifacts: [], migrationRuns: [] }),
        errorRate: () => Promise.resolve(undefined),
        incident,
      });
      const report = { title: `Errors ${number}`, service: service.name, severity: undefined, by: asker, evidence: [] };
      const { id } = await reception.report(report, `report-${number}`);
      const does = (by: Person, command: Command) => handle(id, { input: { kind: 'command', by, command } });
      const rollback = async () => (await incident(id)).rollbacks.rb1;
      const pass = async (ms: number): Promise<void> => {
        await calm();
        const until = clock.now() + ms;
        for (let due = clock.next(); due !== undefined && due <= until; due = clock.next()) {
          clock.moveTo(due);
          await calm();
        }
        clock.moveTo(until);
        await calm();
      };
      const untilEnded = async (mostMs: number): Promise<Rollback | undefined> => {
        const until = clock.now() + mostMs;
        for (;;) {
          await calm();
          const now = await rollback();
          const due = clock.next();
          if (!now || isEnded(now.stage) || due === undefined || due > until) return now;
          clock.moveTo(due);
        }
      };
      await does(asker, { kind: 'requestRollback', tag, reason: 'errors since the release', step: undefined });
      for (let tries = 0; tries < 200 && (await rollback())?.stage === 'planning'; tries++) await pass(1_000);
      return {
        github,
        rollback,
        does,
        pass,
        untilEnded,
        async end() {
          await does(asker, { kind: 'resolve', summary: 'over' });
          await calm();
          await github.close();
        },
      };
    },
    async close() {
      await worker?.stop(1_000);
      await close();
    },
  };
}

/** The store, and how many of its answers are still to come. */
function counted(store: Store): { store: Store; busy(): number; close(): Promise<void> } {
  let open = 0;
  const count =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      open += 1;
      try {
        return await call(...args);
      } finally {
        open -= 1;
      }
    };
  // Every member of a store is a method that gives a promise.
  const wrapped = Object.fromEntries(
    Object.entries(store).map(([name, call]) => [name, count((call as (...args: unknown[]) => Promise<unknown>).bind(store))]),
  );
  return { store: wrapped as unknown as Store, busy: () => open, close: () => store.close() };
}
