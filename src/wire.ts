/** Builds the whole program by hand. Read it from top to bottom to see what talks to what; nothing here decides anything. */
import { randomUUID } from 'node:crypto';
import { chartOf, spanOf } from './chart/incident-chart.ts';
import { createPainter } from './chart/png.ts';
import { describe, drawChart } from './chart/svg.ts';
import type { Config } from './config.ts';
import type { Context } from './core/draft.ts';
import type { Incident, IncidentId } from './core/model.ts';
import type { Service } from './core/service.ts';
import { createDependencies, type Dependencies, type Probe } from './dependencies.ts';
import { openCabinet } from './engine/cabinet.ts';
import { createPolling } from './engine/clock.ts';
import { createDraining } from './engine/draining.ts';
import { createHandle } from './engine/handle.ts';
import type { HandsParts } from './engine/perform.ts';
import { createPort, type Port, writePostmortem } from './engine/port.ts';
import { createReception, type Reading } from './engine/receive.ts';
import { startWorker, WORKER_LIMITS, type Worker, type WorkerLimits } from './engine/worker.ts';
import { createGitHub } from './github/client.ts';
import { readReleaseFacts } from './github/facts.ts';
import { probe } from './health/probe.ts';
import { queryRange } from './health/prometheus.ts';
import { createQuotaAsk } from './health/quota.ts';
import { incidentApi } from './http/api.ts';
import { createGuard } from './http/guard.ts';
import { createMetrics } from './http/metrics.ts';
import { reportRoutes } from './http/report.ts';
import { createRoutes } from './http/routes.ts';
import { createHttp } from './http/server.ts';
import { type Arriving, webhookHandler } from './http/webhooks.ts';
import { type Clock, realClock } from './lib/clock.ts';
import { createLog, type Log } from './lib/log.ts';
import { takeTurns } from './lib/turns.ts';
import { createLogSearch } from './logs/search.ts';
import { evaluateCondition } from './playbook/condition.ts';
import { type Problem, printProblem } from './playbook/problem.ts';
import { openPlaybooks, type Playbooks } from './playbook/watch.ts';
import { PLUGS } from './plugs.ts';
import { SOURCES } from './sources/index.ts';
import { matchService } from './sources/match.ts';
import { readChanges, readSignals } from './sources/read.ts';
import { proveAudit } from './store/audit.ts';
import { openSqlite } from './store/sqlite.ts';
import type { Delivery } from './store/store.ts';
import { errorRateAt, surroundingsOf } from './wire-deed.ts';
import { openTerminalDoor } from './wire-local.ts';
import {
  databaseProbe,
  githubProbe,
  logHelp,
  openBoth,
  readiness,
  readOwn,
  slackDoor,
  slackProbe,
  snsHand,
  targetsOf,
  tellHeads,
  toSignal,
  watchBy,
  watchFolder,
} from './wire-parts.ts';

export interface ProgramOptions {
  readonly clock?: Clock;
  readonly log?: Log;
  /** Deadlines and leases; tests make them short. */
  readonly worker?: Partial<WorkerLimits>;
  /** Longest wait for one answer of Slack. */
  readonly slackDeadlineMs?: number;
}

export interface Program {
  /** Listens as soon as the database is open; Slack and GitHub are met in the background. Resolves with the HTTP address. */
  start(): Promise<{ readonly url: string }>;
  /** Nothing is due, nothing runs, the inbox is empty. */
  idle(): Promise<void>;
  /** Takes nothing new, ends what runs (at most `graceMs`), closes. */
  stop(graceMs?: number): Promise<void>;
  /** Reads playbooks and services again; what is wrong leaves the old ones in force. */
  reload(): readonly Problem[];
  readonly log: Log;
  /** For commands of the terminal. */
  readonly port: Port;
  /** PNG and words of an incident's error rate; undefined: its service has none. */
  chart(id: IncidentId): Promise<{ readonly png: Uint8Array; readonly alt: string } | undefined>;
  readonly playbooks: Playbooks;
  readonly dependencies: Dependencies;
}

const NO_LEAD_MS = 5 * 60_000;
/** What breaks while we run is named within 10 s. */
const LOOK_EVERY_MS = 5_000;
const GRACE_MS = 10_000;
const CHART_MAX_MS = 15_000;
/** Somebody typed a command and waits. */
const ASK_MAX_MS = 2_500;

/** Throws Failure E_STORE or E_CONFIG when the program cannot work at all: no database, no readable services.yml. */
export async function buildProgram(config: Config, options: ProgramOptions = {}): Promise<Program> {
  const clock = options.clock ?? realClock;
  const log = options.log ?? createLog({ level: config.logLevel, secrets: config.secrets });
  const { store, playbooks } = await openBoth(
    () => openSqlite({ path: config.database.path }),
    () => openPlaybooks({ dir: config.playbooksDir, ...PLUGS }),
  );
  const dependencies = createDependencies({ clock, log });
  const github = createGitHub({ url: config.github.apiUrl, auth: config.github.auth, clock, log });
  const painter = createPainter();
  const metrics = createMetrics();

  // --- core meets the world
  const cabinet = openCabinet(store);
  const serviceOf = (name: string): Service | undefined => playbooks.catalog().services.find((service) => service.name === name);
  const context = ({ service: name }: Pick<Incident, 'service'>): Context => {
    const service = serviceOf(name);
    const playbook = playbooks.playbook(service?.playbook ?? playbooks.catalog().defaultPlaybook);
    return { now: clock.now(), service, playbook, noLeadMs: NO_LEAD_MS, announces: playbooks.catalog().announce !== undefined };
  };
  const turn = takeTurns();
  const shared = { store, cabinet, clock, turn, context, committing: (end: Promise<unknown>) => worker?.kick(end) };
  const handle = createHandle(shared);
  const reception = createReception({
    ...{ ...shared, log, catalog: playbooks.catalog },
    ...{ read: (delivery) => readDelivery(delivery), giveWay: (tookMs) => draining.giveWay(tookMs) },
  });
  const readDelivery = (delivery: Delivery): Reading => {
    const catalog = playbooks.catalog();
    const at = { now: delivery.receivedAt, catalog };
    const source = SOURCES.find(({ name }) => name === delivery.source);
    const raw = source ? readSignals(source, delivery.body, at) : readOwn(delivery, at);
    const signals = raw.map((signal) => toSignal(delivery.source, signal, matchService(signal, catalog)));
    return { signals, changes: source ? readChanges(source, delivery.body, at) : [] };
  };
  const secrets = (name: string): string | undefined => config.secret(name);
  const outside = {
    evaluate: evaluateCondition,
    metrics: { range: queryRange },
    probe: (url: string, signal: AbortSignal) => probe(url, {}, signal),
    ...{ searchLogs: createLogSearch(secrets), askApi: createQuotaAsk(secrets) },
    knownErrors: playbooks.knownErrors,
    ...logHelp(github),
  };
  const chart: HandsParts['chart'] = async (incident, service, signal) => {
    const rate = service.health.errorRate;
    if (!rate) return undefined;
    const span = spanOf(incident, rate, clock.now());
    const samples = await queryRange({ ...span, url: rate.url, query: rate.query }, signal);
    const drawn = chartOf(incident, rate, { ...span, samples });
    return { png: await painter.paint(drawChart(drawn)), alt: describe(drawn) };
  };
  const look: HandsParts['look'] = ({ repo = '', environment, rollback: { tagPrefix } }, signal) =>
    readReleaseFacts(github, { repo, environment, tagPrefix }, signal);
  const handsParts: Omit<HandsParts, 'talk' | 'deed'> = {
    store,
    clock,
    steps: PLUGS.steps,
    context,
    outside,
    incident: async (id) => {
      const loaded = await cabinet.load(id);
      if (!loaded) throw new Error(`a task of ${id}, which has no events`);
      return loaded.incident;
    },
    channels: { prefix: () => playbooks.catalog().channelPrefix, isPrivate: false, announce: () => playbooks.catalog().announce },
    look,
    chart,
    postmortem: writePostmortem,
    links: () => ({}),
  };
  const port = createPort({
    store,
    cabinet,
    handle,
    reception,
    catalog: playbooks.catalog,
    targets: (service) => targetsOf(github, service, clock),
    running: async (service) => (await look(service, AbortSignal.timeout(ASK_MAX_MS))).current,
  });

  // --- doors
  const draining = createDraining(reception.drain, (error) => {
    log.error({ err: error }, 'the inbox could not be read; what is in it stays there');
    clock.at(clock.now() + 1_000, arrived);
  });
  const { arrived } = draining;
  const accept = async ({ once, ...delivery }: Arriving): Promise<boolean> => {
    const stored = once === undefined ? store.accept(delivery).then(() => true) : store.acceptOnce(delivery, once);
    arrived(); // asks for it behind it, in the same commit
    return stored;
  };
  const around = { surroundings: surroundingsOf(secrets, github), errorRate: errorRateAt(clock.now) };
  const deedParts = { github, strategies: PLUGS.strategies, now: clock.now, probe: outside.probe, incident: handsParts.incident, ...around };
  const terminals = openTerminalDoor({
    database: config.database.path,
    port,
    store,
    context,
    deedParts,
    catalog: playbooks.catalog,
    clock,
    log,
  });
  let worker: Worker | undefined;
  const meetSlack = async () => {
    const [{ createTalk }, { createListener }, { createHands }, { createDeed }, door] = await Promise.all([
      import('./slack/talk.ts'),
      import('./slack/listen.ts'),
      import('./engine/perform.ts'),
      import('./steps/rollback-deed.ts'),
      slackDoor(config, { clock, log, note: (state, cause) => dependencies.note('slack-events', state, cause) }),
    ]);
    const talk = createTalk({ url: config.slack.apiUrl, token: config.slack.botToken, clock, log, deadlineMs: options.slackDeadlineMs ?? 10_000 });
    const listener = createListener({ receiver: door.receiver, engine: port, talk, log, clock, watch: watchBy({ catalog: playbooks.catalog, accept, clock }) });
    await listener.start();
    const hands = createHands({ ...handsParts, talk, deed: createDeed(deedParts) });
    worker = startWorker({ store, clock, handle, log, hands, performed: metrics.performed, limits: { ...WORKER_LIMITS, ...options.worker } });
    return { talk, listener, worker, handle: door.handle };
  };
  // Slack's libraries weigh as much as all the rest: they are loaded when alerts are taken already, and Slack's requests wait for that.
  let met: ReturnType<typeof meetSlack> | undefined;
  const slack = (): ReturnType<typeof meetSlack> => {
    met ??= meetSlack();
    return met;
  };
  const polling = createPolling({ store, clock, log, catalog: playbooks.catalog, range: queryRange, probe: outside.probe, arrived });
  const api = incidentApi({ ...port, list: store.list, auditOf: store.auditOf, prove: () => proveAudit(store) }, randomUUID);
  const routes = createRoutes({
    others: reportRoutes({ tokens: config.reportTokens, engine: port, clock, log, key: randomUUID(), newId: randomUUID }),
    webhooks: webhookHandler({
      ...{ sources: SOURCES, accept, catalog: playbooks.catalog, clock, log },
      ...{ tokens: config.webhookTokens, tokensOf: config.webhookTokensOf, secrets: config.webhookSecrets, hand: snsHand(config.snsTopics) },
    }),
    ...(config.slack.mode.kind === 'http' && { slack: async (request, response) => (await slack()).handle?.(request, response) }),
    readiness: () => readiness(dependencies.all()),
    metrics: () => metrics.text(store.counts, dependencies.all()),
    api: { guard: createGuard({ tokens: config.apiTokens, clock }), ...api },
  });
  const http = createHttp({ host: config.host, port: config.port, clock, log, routes, observe: metrics.observe });
  const probes: readonly Probe[] = [databaseProbe(store), slackProbe({ identity: async () => (await slack()).talk.identity() }), githubProbe(github)];

  let watching: { close(): void } | undefined;
  const reload = (): readonly Problem[] => {
    const problems = playbooks.reload();
    if (watching) polling.start();
    for (const problem of problems) log.error({ problem: printProblem(problem) }, 'a playbook cannot be used; what was in force stays');
    dependencies.note('playbooks', problems.length === 0 ? 'ok' : 'degraded', problems[0] && printProblem(problems[0]));
    if (problems.length === 0) log.info({ playbooks: playbooks.names().length }, 'playbooks read again');
    return problems;
  };
  let silence = (): void => undefined;

  return {
    log,
    port,
    playbooks,
    dependencies,
    reload,
    async chart(id) {
      const incident = await port.incident(id);
      const service = incident && serviceOf(incident.service);
      return incident && service ? chart(incident, service, AbortSignal.timeout(CHART_MAX_MS)) : undefined;
    },
    async start() {
      const { url } = await http.listen();
      for (const note of config.notes) log.warn({ note }, 'setting');
      for (const problem of playbooks.problems()) log.error({ problem: printProblem(problem) }, 'a playbook cannot be used');
      watching = watchFolder(config.playbooksDir, clock, reload);
      log.info({ url, mode: config.slack.mode.kind, services: playbooks.catalog().services.length }, 'tagback is up');
      arrived();
      const [{ talk }] = await Promise.all([slack(), terminals.listen()]);
      void talk.warm();
      dependencies.watch(probes, LOOK_EVERY_MS);
      polling.start();
      silence = tellHeads(store, { clock, log });
      worker?.kick();
      return { url };
    },
    async idle() {
      await draining.idle();
      await worker?.idle();
      await (await met)?.listener.idle();
    },
    async stop(graceMs = GRACE_MS) {
      http.drain();
      await terminals.close();
      watching?.close();
      silence();
      await polling.stop();
      const slackSide = await met;
      await slackSide?.listener.stop();
      await draining.idle();
      await worker?.stop(graceMs);
      dependencies.stop();
      await http.close();
      await Promise.all([slackSide?.talk.close(), painter.close()]);
      await store.close();
    },
  };
}
