/** Small joints of wire.ts: each turns what one room gives into what another takes. */
import { watch } from 'node:fs';
import type { Config } from './config.ts';
import type { Signal } from './core/model.ts';
import { PATCH_KEPT } from './core/patch.ts';
import type { Catalog, Service } from './core/service.ts';
import { isTag } from './core/tag.ts';
import { WATCH_SOURCE } from './core/watched.ts';
import type { Dependency, DependencyState, Probe } from './dependencies.ts';
import { POLL_SOURCE } from './engine/clock.ts';
import type { GitHub } from './github/client.ts';
import { gatherRollbackFacts } from './github/facts.ts';
import { fetchConfigured } from './health/fetch.ts';
import { deliver, type Inbox } from './http/deliver.ts';
import type { Readiness } from './http/routes.ts';
import type { Hand } from './http/sealed-door.ts';
import type { Clock } from './lib/clock.ts';
import { Failure } from './lib/failure.ts';
import type { Log } from './lib/log.ts';
import type { LogHelp } from './logs/help.ts';
import type { Watch } from './slack/listen-watch.ts';
import type { Talk } from './slack/talk.ts';
import type { RawSignal, ReadContext } from './sources/source.ts';
import { readWatchedPost } from './sources/watched.ts';
import type { Delivery, Store } from './store/store.ts';

const CALM_MS = 300;
const SNS_ANSWER_MS = 5_000;
const SNS_ANSWER_MAX_BYTES = 64 * 1024;

export function toSignal(source: string, raw: RawSignal, service: Service | undefined): Signal {
  return { ...raw, source, service: service?.name, severity: raw.severity ?? service?.severity ?? 'sev2' };
}

/** What no webhook brought: posts of watched channels, and what engine/clock.ts stored. */
export function readOwn(delivery: Delivery, at: ReadContext): readonly RawSignal[] {
  if (delivery.source === WATCH_SOURCE) return readWatchedPost(delivery.body, at);
  if (delivery.source !== POLL_SOURCE) throw new Failure('E_NOT_FOUND', `no source is named ${delivery.source} in this version`, { permanent: true });
  return JSON.parse(delivery.body) as RawSignal[]; // written by engine/clock.ts from values of this type
}

/** Tags for the roll-back form, best first; an outage of GitHub gives an empty list and the person types the tag. */
export async function targetsOf(github: GitHub, service: Service, clock: Clock): Promise<readonly { readonly tag: string; readonly label: string }[]> {
  const { repo, environment, rollback } = service;
  if (repo === undefined) return [];
  const ask = { repo, environment, tag: undefined, tagPrefix: rollback.tagPrefix, reads: [], migrations: [], runningTag: undefined };
  const facts = await gatherRollbackFacts(github, ask, { now: clock.now(), signal: AbortSignal.timeout(2_500) });
  const known = facts.releases.filter(({ draft, tag }) => !draft && isTag(tag) && tag.startsWith(rollback.tagPrefix) && tag !== facts.current?.tag);
  // A release candidate is the last thing to go back to.
  const names = [...known.filter(({ prerelease }) => !prerelease), ...known.filter(({ prerelease }) => prerelease)].map(({ tag }) => tag);
  const best = names.find((tag) => tag === facts.target?.tag);
  const ordered = best === undefined ? names : [best, ...names.filter((tag) => tag !== best)];
  return ordered.slice(0, 50).map((tag) => ({ tag, label: tag === best ? `${tag} (ran healthy before)` : tag }));
}

export function watchBy({ catalog, accept, clock }: { catalog: () => Catalog; accept: Inbox['accept']; clock: Clock }): Watch {
  return { entries: () => catalog().watched ?? [], accept: (delivery) => deliver({ accept, clock }, delivery) };
}

/** What check-logs asks of GitHub. */
export function logHelp(github: GitHub): Pick<LogHelp, 'releaseDiff' | 'lastChange'> {
  return {
    async releaseDiff({ repo, base, head }, signal) {
      const { readCompare } = await import('./github/compare.ts');
      return { ...(await readCompare({ github, repo, signal }, { target: base, current: head, migrations: [] })), base, head, patchKeptChars: PATCH_KEPT };
    },
    async lastChange({ repo, ...ask }, signal) {
      const { readLastChange } = await import('./github/last-change.ts');
      return await readLastChange({ github, repo, signal }, ask);
    },
  };
}

/** Fetches the certificates of SNS and confirms its subscriptions; which addresses it may be sent to is the source's to say. */
export function snsHand(topics: readonly string[]): Hand {
  const ask = { redirects: 'none', timeoutMs: SNS_ANSWER_MS, maxBytes: SNS_ANSWER_MAX_BYTES } as const;
  return { senders: { cloudwatch: topics }, get: (url) => fetchConfigured({ ...ask, url }, AbortSignal.timeout(SNS_ANSWER_MS)) };
}

/**
 * Ready means: alerts can be taken, and for that the database is enough. An outage of Slack must not take us out of the load
 * balancer that the alerts come through; it is listed, with its cause.
 */
export function readiness(dependencies: readonly Dependency[]): Readiness {
  return { ready: dependencies.some(({ name, state }) => name === 'database' && state === 'ok'), dependencies };
}

/** Calls back when something in the folder has changed and stayed unchanged for a moment; editors write in several steps. */
export function watchFolder(dir: string, clock: Clock, changed: () => void): { close(): void } {
  let cancel = (): void => undefined;
  const watcher = watch(dir, { persistent: false }, () => {
    cancel();
    cancel = clock.at(clock.now() + CALM_MS, changed);
  });
  watcher.on('error', () => watcher.close()); // the folder went away; SIGHUP still works
  return {
    close() {
      cancel();
      watcher.close();
    },
  };
}

const HOUR_MS = 3_600_000;

/** The head of the audit chain leaves the machine with the log: whoever rewrites the database cannot rewrite what was collected elsewhere. */
export function tellHeads(store: Pick<Store, 'auditHead'>, { clock, log }: { clock: Clock; log: Log }): () => void {
  let cancel = (): void => undefined;
  const tell = (): void => {
    cancel = clock.at(clock.now() + HOUR_MS, tell);
    void store.auditHead().then(
      (head) => log.info({ head }, 'audit chain'),
      () => undefined, // an unreadable database is told by its own probe
    );
  };
  tell();
  return () => cancel();
}

export const databaseProbe = (store: Store): Probe => ({
  name: 'database',
  look: () => store.check().then(() => ({ state: 'ok' as const, cause: undefined }), causeOf),
});

export const slackProbe = (talk: Pick<Talk, 'identity'>): Probe => ({
  name: 'slack',
  look: () => talk.identity().then(() => ({ state: 'ok' as const, cause: undefined }), causeOf),
});

export const githubProbe = (github: GitHub): Probe => ({
  name: 'github',
  look: async (signal) => {
    const { ok, cause, scarce } = await github.probe(signal);
    return { state: !ok ? ('down' as const) : scarce === undefined ? ('ok' as const) : ('degraded' as const), cause: cause ?? scarce };
  },
});

function causeOf(error: unknown): { state: DependencyState; cause: string } {
  if (!(error instanceof Failure)) return { state: 'down', cause: 'an internal error; the log has the details' };
  return { state: 'down', cause: `${error.code}: ${error.message}${error.hint === undefined ? '' : `; ${error.hint}`}` };
}

export interface DoorParts {
  readonly clock: Clock;
  readonly log: Log;
  note(state: DependencyState, cause: string | undefined): void;
}

/** How Slack reaches us: our own WebSocket to Slack, or Slack's requests to us. Loads the one that is used. */
export async function slackDoor(config: Config, parts: DoorParts) {
  const { mode, apiUrl } = config.slack;
  if (mode.kind === 'http') {
    const { createHttpDoor } = await import('./slack/door-http.ts');
    const door = createHttpDoor({ signingSecrets: mode.signingSecrets, clock: parts.clock, log: parts.log });
    parts.note('ok', undefined);
    return { receiver: door.receiver, handle: door.handle };
  }
  const { createSocketDoor } = await import('./slack/door-socket.ts');
  return { receiver: createSocketDoor({ appToken: mode.appToken, url: apiUrl, log: parts.log, clock: parts.clock, onState: parts.note }), handle: undefined };
}

/** The database opens in its own thread while the playbooks are read in this one. */
export async function openBoth<P>(openStore: () => Promise<Store>, readPlaybooks: () => P): Promise<{ store: Store; playbooks: P }> {
  const opening = openStore();
  try {
    const playbooks = readPlaybooks();
    return { store: await opening, playbooks };
  } catch (error) {
    await opening.then(
      (store) => store.close(),
      () => undefined, // it is this error, or the other one is told first
    );
    throw error;
  }
}
