/**
 * The deed itself: plan (reads only), apply (sends once), track (reads until GitHub says how it ended).
 * The plan that was approved is the plan that is sent; if the facts moved meanwhile, apply refuses and nothing is sent.
 */

import type { Incident, IncidentId, Input, Instant, Json } from '../core/model.ts';
import { type RollbackParams, stepOf } from '../core/playbook.ts';
import type { Approve, Rollback, RollbackId, RollbackPlan, RunReference } from '../core/rollback.ts';
import { samePlan } from '../core/rollback.ts';
import type { Service } from '../core/service.ts';
import { shortOf } from '../core/short.ts';
import { readVersion } from '../core/version.ts';
import { applyAction, findAction } from '../github/apply.ts';
import type { GitHub } from '../github/client.ts';
import { gatherRollbackFacts } from '../github/facts.ts';
import { readRun } from '../github/runs.ts';
import { Failure } from '../lib/failure.ts';
import { makePlan, type Planned } from '../rollbacks/plan.ts';
import type { RollbackStrategy } from '../rollbacks/strategy.ts';
import type { Probe } from './step.ts';

export interface DeedParts {
  readonly github: GitHub;
  readonly strategies: readonly RollbackStrategy[];
  now(): Instant;
  probe(url: string, signal: AbortSignal): Promise<Probe>;
  /** As it is now, not as it was when the task began. */
  incident(id: IncidentId): Promise<Incident>;
}
export interface DeedAsk {
  readonly incident: Incident;
  readonly service: Service | undefined;
  readonly id: RollbackId;
  readonly task: { readonly unclearSince: Instant | undefined; readonly memo: Json; readonly createdAt: Instant };
  readonly aid: { readonly signal: AbortSignal; begin(): Promise<void>; report(input: Input): Promise<void> };
}
export type DeedEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'input'; readonly input: Input }
  | { readonly kind: 'later'; readonly due: Instant; readonly memo: Json; readonly unclear?: boolean };
export interface RollbackDeed {
  plan(ask: DeedAsk): Promise<DeedEnd>;
  apply(ask: DeedAsk): Promise<DeedEnd>;
  track(ask: DeedAsk): Promise<DeedEnd>;
}

/** An unclear outcome is looked up this long; then people decide. It is never sent again by itself. */
const LOOK_UP_MS = 120_000;
const LOOK_EVERY_MS = 3_000;
/** After a crash GitHub is asked this often, so many ms apart, before "it was never sent" is believed: lists lag by seconds. */
const LOOKS_AFTER_CRASH = 3;

export function createDeed(parts: DeedParts): RollbackDeed {
  return { plan: (ask) => plan(parts, ask), apply: (ask) => apply(parts, ask), track: (ask) => track(parts, ask) };
}

async function plan(parts: DeedParts, ask: DeedAsk): Promise<DeedEnd> {
  const rollback = ask.incident.rollbacks[ask.id];
  if (rollback?.stage !== 'planning') return { kind: 'done' };
  if (!ask.service) return refused(ask.id, 'E_NOT_ALLOWED', `services.yml does not know ${ask.incident.service}, so there is nothing to roll back`);
  const planned = await planNow(parts, ask, rollback);
  if (planned.kind === 'plan') return input({ kind: 'rollbackPlanned', id: ask.id, plan: planned.plan });
  return refused(ask.id, planned.code, planned.because);
}

/** Reads everything again and makes the plan; used for the proposal and, right before sending, for the comparison with it. */
async function planNow(parts: DeedParts, ask: DeedAsk, rollback: Rollback): Promise<Planned> {
  const { service, incident, aid } = ask;
  if (!service?.repo) throw new Failure('E_REPO_NOT_ALLOWED', `services.yml names no repository for ${incident.service}`, { permanent: true });
  const { strategies, tagPrefix, migrations } = service.rollback;
  const reads = strategies.flatMap(({ use, options }) => parts.strategies.find((strategy) => strategy.use === use)?.reads(options) ?? []);
  const runningTag = await runningNow(parts, service, aid.signal);
  const wanted = {
    repo: service.repo,
    environment: service.environment,
    tag: rollback.tag ?? rollback.plan?.to.tag,
    tagPrefix,
    reads,
    migrations,
    runningTag,
  };
  const facts = await gatherRollbackFacts(parts.github, wanted, { now: parts.now(), signal: aid.signal });
  const approve = tighter(service.rollback.approve, incident, rollback);
  return makePlan({ facts, strategies: parts.strategies, configured: strategies, approve, key: keyOf(ask), reason: rollback.reason, tag: rollback.tag });
}

const keyOf = (ask: DeedAsk): string => `${ask.incident.id}/${ask.id}`;

async function runningNow(parts: DeedParts, service: Service, signal: AbortSignal): Promise<string | undefined> {
  const { version } = service.health;
  if (!version) return undefined;
  const [url = ''] = version.urls;
  const answer = await parts.probe(url, signal);
  return answer.status !== undefined && answer.status < 400 ? readVersion(answer.body, version.field) : undefined;
}

/** A playbook may ask for more approvals, or from fewer people; never for less than services.yml. */
function tighter(policy: Approve, incident: Incident, rollback: Rollback): Approve {
  const step = stepOf(incident.playbook, rollback.step);
  const asked = (step?.params as unknown as RollbackParams | undefined)?.approve; // checked by the kind's schema when the playbook was loaded
  if (!asked) return policy;
  const from = asked.from.length === 0 ? policy.from : policy.from.length === 0 ? asked.from : policy.from.filter((id) => asked.from.includes(id));
  // No common people: the server's list stands, with the higher number.
  return { ...policy, require: Math.max(policy.require, asked.require), from: from.length === 0 ? policy.from : from };
}

interface ApplyMemo {
  /** The answer of a request we surely sent was lost at this time. */
  readonly lostAt?: Instant;
  /** GitHub took the request but did not say which run it started. */
  readonly acceptedAt?: Instant;
  readonly looks?: number;
}

async function apply(parts: DeedParts, ask: DeedAsk): Promise<DeedEnd> {
  const rollback = ask.incident.rollbacks[ask.id];
  if ((rollback?.stage !== 'applying' && rollback?.stage !== 'sending') || !rollback.plan) return { kind: 'done' };
  const memo = (ask.task.memo ?? {}) as ApplyMemo; // written by this file only
  if (memo.lostAt !== undefined || memo.acceptedAt !== undefined) return lookUp(parts, ask, { plan: rollback.plan, memo });
  if (ask.task.unclearSince !== undefined) {
    const found = await lookAfterCrash(parts, ask, { plan: rollback.plan, memo, since: ask.task.unclearSince });
    if (found) return found;
  }
  return send(parts, ask, rollback as Rollback & { plan: RollbackPlan }); // plan was checked above
}

async function send(parts: DeedParts, ask: DeedAsk, rollback: Rollback & { plan: RollbackPlan }): Promise<DeedEnd> {
  const { plan: approved } = rollback;
  if (rollback.expiresAt === undefined || parts.now() >= rollback.expiresAt)
    return refused(ask.id, 'E_EXPIRED', 'the approval expired before it could be sent');
  const fresh = await planNow(parts, ask, rollback);
  if (fresh.kind !== 'plan') return refused(ask.id, fresh.code, `the facts moved after the approval: ${fresh.because}`);
  if (!samePlan(approved, fresh.plan)) return refused(ask.id, 'E_PLAN_MOVED', moved(approved, fresh.plan));
  if (parts.now() >= rollback.expiresAt) return refused(ask.id, 'E_EXPIRED', 'the approval expired before it could be sent');
  // Stored first; a cancellation that was stored before it wins, and then nothing is sent.
  await ask.aid.report({ kind: 'rollbackSending', id: ask.id });
  if ((await parts.incident(ask.incident.id)).rollbacks[ask.id]?.stage !== 'sending') return { kind: 'done' };
  await ask.aid.begin();
  const sentAt = parts.now();
  try {
    let run: RunReference | undefined;
    for (const action of approved.actions) run = (await applyAction(parts.github, approved.repo, { action, signal: ask.aid.signal })) ?? run;
    if (run) return sent(ask.id, run, 'GitHub accepted the request');
    return later(parts.now() + LOOK_EVERY_MS, { acceptedAt: sentAt });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // Perhaps it is running already: from here on only reading is allowed.
    if (error.unclear) return { ...later(parts.now() + LOOK_EVERY_MS, { lostAt: sentAt }), unclear: true };
    if (error.retryAt !== undefined && error.retryAt >= rollback.expiresAt)
      return refused(ask.id, error.code, `${error.message}; the approval ends before GitHub takes requests again`);
    if (error.permanent || error.code === 'E_GITHUB_REFUSED' || error.code === 'E_GITHUB_PERMISSION' || error.code === 'E_GITHUB_AUTH')
      return refused(ask.id, error.code, shortOf(error));
    throw error;
  }
}

function moved(approved: RollbackPlan, fresh: RollbackPlan): string {
  const parts = [
    approved.from.tag === fresh.from.tag ? undefined : `${fresh.from.tag} runs now, not ${approved.from.tag}`,
    approved.to.sha === fresh.to.sha
      ? undefined
      : `${approved.to.tag} pointed at ${approved.to.sha.slice(0, 7)} when it was approved and points at ${fresh.to.sha.slice(0, 7)} now`,
  ].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join('; ') : 'the requests that would be sent are not the ones that were approved';
}

/** The request went out and no answer, or no run id, came back. Looked up for two minutes; then its state is unknown and people are told. */
async function lookUp(parts: DeedParts, ask: DeedAsk, known: { plan: RollbackPlan; memo: ApplyMemo }): Promise<DeedEnd> {
  const since = known.memo.lostAt ?? known.memo.acceptedAt ?? parts.now();
  const found = await look(parts, ask, { plan: known.plan, since });
  if (typeof found === 'object') return sent(ask.id, found, 'found on GitHub by its key');
  if (parts.now() - since < LOOK_UP_MS) return { ...later(parts.now() + LOOK_EVERY_MS, { ...known.memo }), unclear: true };
  const because = 'GitHub gave no answer and shows no run with our key; look at the workflow there before anybody sends it again';
  return input({ kind: 'rollbackEnded', id: ask.id, outcome: 'unknown', code: 'E_UNCLEAR', because });
}

/** The process died after it had written down that it would send. Found: adopt it. Surely absent: undefined, it may be sent. */
async function lookAfterCrash(parts: DeedParts, ask: DeedAsk, known: { plan: RollbackPlan; memo: ApplyMemo; since: Instant }): Promise<DeedEnd | undefined> {
  const found = await look(parts, ask, known);
  if (typeof found === 'object') return sent(ask.id, found, 'found on GitHub after a restart');
  const looks = (known.memo.looks ?? 0) + 1;
  if (looks < LOOKS_AFTER_CRASH || (found === 'unknown' && parts.now() - known.since < LOOK_UP_MS))
    return { ...later(parts.now() + LOOK_EVERY_MS, { looks }), unclear: true };
  if (found === 'absent') return undefined;
  const because = 'we stopped while it was being sent, and GitHub cannot tell us whether it arrived; look there before anybody sends it again';
  return input({ kind: 'rollbackEnded', id: ask.id, outcome: 'unknown', code: 'E_UNCLEAR', because });
}

/** All actions of the plan are there, or at least one surely is not, or GitHub cannot tell. */
async function look(parts: DeedParts, ask: DeedAsk, known: { plan: RollbackPlan; since: Instant }): Promise<RunReference | 'absent' | 'unknown'> {
  let answer: RunReference | 'absent' | 'unknown' = 'absent';
  for (const action of known.plan.actions) {
    answer = await findAction(parts.github, known.plan.repo, { action, since: known.since, key: keyOf(ask), signal: ask.aid.signal });
    if (typeof answer !== 'object') return answer;
  }
  return answer;
}

async function track(parts: DeedParts, ask: DeedAsk): Promise<DeedEnd> {
  const rollback = ask.incident.rollbacks[ask.id];
  if (rollback?.stage !== 'tracking' || !rollback.run || !rollback.plan) return { kind: 'done' };
  if (rollback.run.kind === 'release') return ended(ask.id, 'done', `${rollback.plan.to.tag} is the latest release again`);
  const run = await readRun(parts.github, rollback.plan.repo, { runId: rollback.run.id, signal: ask.aid.signal });
  if (run.status !== rollback.status || run.job !== rollback.job) await ask.aid.report({ kind: 'rollbackMoved', id: ask.id, status: run.status, job: run.job });
  if (run.status !== 'completed') return later(parts.now() + pollMs(parts.now() - (rollback.sentAt ?? parts.now())), null);
  if (run.conclusion === 'success') return ended(ask.id, 'done', `the run for ${rollback.plan.to.tag} succeeded`);
  const job = run.job === undefined ? '' : ` in the job “${run.job}”`;
  return ended(ask.id, 'failed', `the run ended with “${run.conclusion ?? 'no conclusion'}”${job}; ${rollback.plan.from.tag} may still be running`, 'E_GITHUB');
}

/** People watch the first half minute; a run can take hours. */
function pollMs(ageMs: number): number {
  if (ageMs < 30_000) return 1_000;
  return ageMs < 300_000 ? 5_000 : 15_000;
}

const input = (value: Input): DeedEnd => ({ kind: 'input', input: value });
const later = (due: Instant, memo: ApplyMemo | null) => ({ kind: 'later' as const, due, memo: memo as Json }); // ApplyMemo holds numbers only
const sent = (id: RollbackId, run: RunReference, because: string): DeedEnd => input({ kind: 'rollbackSent', id, run, because });
const refused = (id: RollbackId, code: string, because: string): DeedEnd => input({ kind: 'rollbackEnded', id, outcome: 'refused', code, because });
const ended = (id: RollbackId, outcome: 'done' | 'failed', because: string, code?: string): DeedEnd =>
  input({ kind: 'rollbackEnded', id, outcome, code, because });
