/** What the program answers to a terminal: the same wishes as from Slack, through the same port; policy and checks are the core's. */
import { isEnded, latestRollback, liveRollback, rollbackOf } from '../core/evolve.ts';
import type { Command, Evidence, Incident, IncidentId, Person, Reply, Severity } from '../core/model.ts';
import type { Rollback } from '../core/rollback.ts';
import { runningNow } from '../core/running.ts';
import type { Operator, Service } from '../core/service.ts';
import { checkTag, nearestTags } from '../core/tag.ts';
import type { Clock } from '../lib/clock.ts';
import { didYouMean } from '../lib/closest.ts';
import { Failure } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';
import { redactText } from '../lib/redact.ts';
import { type OperatorDesk, personOf } from './operators.ts';
import { nextSteps, printOverview, printRollback, standsAt } from './print.ts';
import { isHelp, type Proof, proofOf } from './proof.ts';
import { type Answer, type Ask, type Request, refuse, type Standing } from './protocol.ts';

/** What the terminal asks of the engine; the same functions as Slack's. */
export interface LocalEngine {
  command(incident: IncidentId, by: Person, command: Command, once: string): Promise<Reply>;
  openIncident(
    ask: { title: string; service: string | undefined; severity: Severity | undefined; by: Person; evidence: readonly Evidence[] },
    once: string,
  ): Promise<{ incident: Incident; reply: Reply }>;
  incident(id: IncidentId): Promise<Incident | undefined>;
  openIncidents(): Promise<readonly Incident[]>;
  services(): readonly { readonly name: string }[];
  rollbackTargets(service: string): Promise<readonly { readonly tag: string }[]>;
  runningRelease(service: string): Promise<string | undefined>;
}
interface Wish {
  readonly service: string;
  readonly tag: string;
  readonly reason: string;
  readonly by: Person;
}
export interface ServeParts {
  readonly engine: LocalEngine;
  readonly rehearsal: {
    ask(wish: Wish): Promise<Reply>;
    plan(wish: Wish, signal: AbortSignal): Promise<Found | { readonly refused: Reply }>;
  };
  readonly desk: OperatorDesk;
  operators(): readonly Operator[];
  /** How a service is measured; without it nobody can say by when there will be a proof. */
  readonly healthOf: (service: string) => Service['health'] | undefined;
  readonly clock: Clock;
  readonly log: Log;
  newKey(): string;
}

interface Found {
  readonly incident: Incident;
  readonly rollback: Rollback;
}

const DRY_MAX_MS = 60_000;
const EXAMPLES_MAX = 3;

/** Never rejects. */
export function createService(parts: ServeParts): (request: Request) => Promise<Answer> {
  const { desk, log } = parts;
  return async ({ token, ask }) => {
    let name: string | undefined;
    try {
      const operator = await desk.identify(token);
      name = operator.name;
      const said = await serve(parts, ask, personOf(operator));
      log.info({ operator: name, ...idsOf(ask), code: said.ok ? undefined : said.code }, 'asked from a terminal');
      return said;
    } catch (error) {
      const code = error instanceof Failure ? error.code : 'E_INTERNAL';
      if (code === 'E_INTERNAL') log.error({ operator: name, ...idsOf(ask), err: error }, 'a request of a terminal failed');
      else log.warn({ operator: name, ...idsOf(ask), code }, 'a request of a terminal was refused');
      return sayFailure(error);
    }
  };
}

const idsOf = (ask: Ask): object => ({
  ask: ask.kind === 'command' ? ask.command.kind : ask.kind,
  ...(ask.kind === 'request' ? { service: ask.service } : { incident: ask.incident }),
});

function sayFailure(error: unknown): Answer {
  if (!(error instanceof Failure) || error.code === 'E_INTERNAL')
    return refuse('E_INTERNAL', 'something went wrong inside Tagback, and its log says what; it may have been done: look at the status before trying again');
  return refuse(error.code, error.hint === undefined ? error.message : `${error.message}. ${error.hint}`);
}

function serve(parts: ServeParts, ask: Ask, by: Person): Promise<Answer> {
  switch (ask.kind) {
    case 'request':
      return request(parts, ask, by);
    case 'command':
      return command(parts, ask, by);
    case 'status':
      return status(parts, ask);
  }
}

/** A rollback always belongs to an incident: the open one of the service, else a new one. None is opened for a wish that is refused anyway. */
async function request(parts: ServeParts, { service, tag: typed, reason, dry }: Extract<Ask, { kind: 'request' }>, by: Person): Promise<Answer> {
  const { engine, rehearsal } = parts;
  const tag = checkTag(typed);
  if (!tag.ok) return refuse(tag.code, `${tag.message} Nothing was started.`);
  const names = engine.services().map(({ name }) => name);
  if (!names.includes(service)) {
    const known = didYouMean(service, names) || ` Known are: ${names.slice(0, 10).join(', ') || 'none'}.`;
    return refuse('E_UNKNOWN_SERVICE', `“${service}” is no service of services.yml; nothing was started.${known}`);
  }
  const wish = { service, tag: tag.tag, reason: redactText(reason), by };
  if (dry) return rehearse(parts, wish);
  const expected = await rehearsal.ask(wish);
  if (!expected.ok) return refused(expected);
  const open = (await engine.openIncidents()).find((incident) => incident.service === service);
  const once = `local:${parts.newKey()}`;
  const { id } = open ?? (await openFor(parts, wish, once));
  const reply = await engine.command(id, by, { kind: 'requestRollback', tag: wish.tag, reason: wish.reason, step: undefined }, `${once}:rollback`);
  return reply.ok ? shown(parts, reply.text, await engine.incident(id)) : refused(reply);
}

async function rehearse(parts: ServeParts, wish: Wish): Promise<Answer> {
  const planned = await parts.rehearsal.plan(wish, AbortSignal.timeout(DRY_MAX_MS));
  if ('refused' in planned) return refused(planned.refused);
  return {
    ok: true,
    text: 'Dry run: this is the plan that would wait for approval. Nothing was stored, nothing was sent.',
    shown: [standing(parts, planned, { isDry: true })],
  };
}

/** A mistyped tag must not open an incident. When the releases cannot be read, the plan will say so. */
async function openFor({ engine }: ServeParts, { service, tag, by }: Wish, once: string): Promise<Incident> {
  const [targets, running] = await Promise.all([engine.rollbackTargets(service).catch(() => []), engine.runningRelease(service).catch(() => undefined)]);
  if (running === tag) throw new Failure('E_NOOP', `${tag} is already live for ${service}; nothing was started`);
  const tags = targets.map((target) => target.tag);
  if (tags.length > 0 && !tags.includes(tag)) {
    const near = nearestTags(tag, tags, EXAMPLES_MAX).join(', ');
    throw new Failure('E_TAG_UNKNOWN', `${tag} is not among the releases ${service} can go back to; nothing was started. The nearest are: ${near}`);
  }
  const title = `Rollback of ${service} to ${tag}`;
  return (await engine.openIncident({ title, service, severity: undefined, by, evidence: [] }, once)).incident;
}

async function command(parts: ServeParts, { incident: id, command: wanted }: Extract<Ask, { kind: 'command' }>, by: Person): Promise<Answer> {
  const { engine } = parts;
  const found = await find(parts, id, wanted.rollback);
  if (!('rollback' in found)) return found;
  const written = 'reason' in wanted && wanted.reason !== undefined ? { ...wanted, reason: redactText(wanted.reason) } : wanted;
  const reply = await engine.command(id, by, written, `local:${parts.newKey()}`);
  if (!reply.ok) return refused(reply);
  return shown(parts, reply.text, await engine.incident(id), wanted.kind === 'undoRollback' ? undefined : wanted.rollback);
}

async function status(parts: ServeParts, { incident: id, rollback }: Extract<Ask, { kind: 'status' }>): Promise<Answer> {
  if (id === undefined) {
    const live = (await parts.engine.openIncidents()).flatMap((incident) => {
      const latest = latestRollback(incident);
      return latest ? [standing(parts, { incident, rollback: latest })] : [];
    });
    return { ok: true, text: live.length === 0 ? 'No open incident has a rollback.' : '', shown: live };
  }
  const found = await find(parts, id, rollback);
  if (!('rollback' in found)) return found;
  const { incident } = found;
  if (rollback !== undefined || Object.keys(incident.rollbacks).length === 1) return { ok: true, text: '', shown: [standing(parts, found)] };
  const lines = printOverview(incident, parts.clock.now(), (one) => proof(parts, { incident, rollback: one }));
  return { ok: true, text: lines.join('\n'), shown: [standing(parts, { incident, rollback: counting(incident) ?? found.rollback })] };
}

/** The one to look at: what is under way, else what brought the release that runs. */
const counting = (incident: Incident): Rollback | undefined => liveRollback(incident) ?? runningNow(incident)?.rollback;

const proof = ({ clock, healthOf }: ServeParts, found: Found): Proof | undefined =>
  proofOf({ ...found, health: healthOf(found.incident.service), now: clock.now() });

async function find({ engine }: ServeParts, id: IncidentId, rollback: string | undefined): Promise<Found | Answer> {
  const incident = await engine.incident(id);
  if (!incident) return refuse('E_UNKNOWN_INCIDENT', `I know no incident ${id}; nothing was done. Open ones: tagback rollback status`);
  const found = rollback === undefined ? latestRollback(incident) : rollbackOf(incident, rollback);
  const there = Object.keys(incident.rollbacks).join(', ');
  return found
    ? { incident, rollback: found }
    : refuse('E_NOT_FOUND', `${id} has no rollback${rollback ? ` ${rollback}` : ''}; nothing was done. There is: ${there || 'none'}`);
}

function shown(parts: ServeParts, said: string, incident: Incident | undefined, id?: string): Answer {
  const rollback = incident && (id === undefined ? latestRollback(incident) : rollbackOf(incident, id));
  return { ok: true, text: said, shown: incident && rollback ? [standing(parts, { incident, rollback })] : [] };
}

function standing(parts: ServeParts, found: Found, { isDry = false } = {}): Standing {
  const { incident, rollback } = found;
  const printing = { ...found, operators: parts.operators(), proof: proof(parts, found), now: parts.clock.now() };
  const isOver = isEnded(rollback.stage) && printing.proof?.kind !== 'checking';
  return {
    incident: incident.id,
    rollback: rollback.id,
    stage: rollback.stage,
    isOver,
    isWell: !isOver || (rollback.stage === 'done' && isHelp(printing.proof)),
    plan: rollback.expiresAt,
    now: standsAt(printing),
    lines: [...printRollback(printing), ...(isDry ? [] : nextSteps(printing))],
  };
}

const refused = ({ code = 'E_NOT_NOW', text }: Reply): Answer => refuse(code, text);
