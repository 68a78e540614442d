/** Reads everything and makes the plan; for the proposal and, right before sending, for the comparison with it. */
import type { Incident } from '../core/model.ts';
import { type RollbackParams, stepOf } from '../core/playbook.ts';
import { type Approve, type Check, lightOf, type Rollback } from '../core/rollback.ts';
import type { MigrationRun, RollbackFacts } from '../core/rollback-facts.ts';
import type { Service } from '../core/service.ts';
import { readVersion } from '../core/version.ts';
import { gatherRollbackFacts } from '../github/facts.ts';
import { Failure } from '../lib/failure.ts';
import { makePlan, type Planned } from '../rollbacks/plan.ts';
import { type DeedAsk, type DeedParts, keyOf } from './rollback-parts.ts';

export async function planNow(parts: DeedParts, ask: DeedAsk, rollback: Rollback): Promise<Planned> {
  const { service, incident } = ask;
  if (!service?.repo) throw new Failure('E_REPO_NOT_ALLOWED', `services.yml names no repository for ${incident.service}`, { permanent: true });
  const facts = await factsOf(parts, ask, { rollback, service, repo: service.repo });
  const planned = makePlan({
    facts,
    strategies: parts.strategies,
    configured: service.rollback.strategies,
    approve: tighter(service.rollback.approve, incident, rollback),
    key: keyOf(ask),
    reason: rollback.reason,
    tag: rollback.tag,
    strategy: rollback.strategy,
    watch: service.rollback.watch,
    undo: undoOf(ask, rollback),
  });
  return rollback.automatic ? leaveToPeople(planned, facts, service.rollback.tagPrefix) : planned;
}

/** Where a newer release is out, what runs is a way back already: blaming it by itself would go back further and further. */
function leaveToPeople(planned: Planned, { releases, current }: RollbackFacts, prefix: string): Planned {
  if (planned.kind !== 'plan') return planned;
  const mine = releases.filter(({ tag, draft, prerelease }) => !draft && !prerelease && tag.startsWith(prefix));
  const newer = mine.find(({ publishedAt }) => (publishedAt ?? 0) > (current?.publishedAt ?? Number.POSITIVE_INFINITY));
  if (newer === undefined && current?.publishedAt !== undefined) return planned;
  const because = newer
    ? `${newer.tag} is newer than what runs: somebody went back already, so people decide`
    : 'when the running release was published is not known';
  const check: Check = { name: 'Automatic', verdict: 'warn', because, watch: 'whether this release is to blame at all' };
  const checks = [check, ...planned.plan.checks];
  return { kind: 'plan', plan: { ...planned.plan, checks, light: lightOf(checks) } };
}

type Of = { readonly rollback: Rollback; readonly service: Service; readonly repo: string };

async function factsOf(parts: DeedParts, { aid }: DeedAsk, { rollback, service, repo }: Of): Promise<RollbackFacts> {
  const { strategies, tagPrefix, migrations } = service.rollback;
  const reads = strategies.flatMap(({ use, options }) => parts.strategies.find((strategy) => strategy.use === use)?.reads(options) ?? []);
  const runningTag = await runningNow(parts, service, aid.signal);
  const tag = rollback.tag ?? rollback.plan?.to.tag;
  const wanted = { repo, environment: service.environment, tag, tagPrefix, reads, migrations, runningTag };
  const facts = await gatherRollbackFacts(parts.github, wanted, { now: parts.now(), signal: aid.signal });
  const around = await parts.surroundings(service, facts, aid.signal);
  return { ...facts, artifacts: around.artifacts, migrationRuns: answered(around.migrationRuns, facts.compare?.migrations ?? [], rollback) };
}

/** What a machine could not find out, people may have said. */
function answered(found: readonly MigrationRun[], files: readonly string[], { answers: { migrations } }: Rollback): readonly MigrationRun[] {
  if (migrations === undefined) return found;
  const known = found.filter(({ state }) => state !== 'unknown');
  const rest = files.filter((file) => !known.some((run) => run.file === file));
  return [...known, ...rest.map((file) => ({ file, state: migrations.run ? ('run' as const) : ('not-run' as const), because: `${migrations.by} says so` }))];
}

function undoOf({ incident }: DeedAsk, { id, undoes }: Rollback): Parameters<typeof makePlan>[0]['undo'] {
  const plan = undoes === undefined ? undefined : incident.rollbacks[undoes]?.plan;
  return plan && { plan, key: `${incident.id}/${id}`, oldKey: `${incident.id}/${undoes}` };
}

async function runningNow(parts: DeedParts, service: Service, signal: AbortSignal): Promise<string | undefined> {
  const { version } = service.health;
  const [url] = version?.urls ?? [];
  if (!version || url === undefined) return undefined;
  const answer = await parts.probe(url, signal);
  return answer.status !== undefined && answer.status < 400 ? readVersion(answer.body, version.field) : undefined;
}

/** A playbook may ask for more approvals, or from fewer people; never for less than services.yml. */
export function tighter(policy: Approve, incident: Pick<Incident, 'playbook'>, rollback: Pick<Rollback, 'step'>): Approve {
  const step = stepOf(incident.playbook, rollback.step);
  const asked = (step?.params as unknown as RollbackParams | undefined)?.approve; // checked by the kind's schema when the playbook was loaded
  if (!asked) return policy;
  const from = asked.from.length === 0 ? policy.from : policy.from.length === 0 ? asked.from : policy.from.filter((id) => asked.from.includes(id));
  // No common people: the server's list stands, with the higher number.
  return { ...policy, require: Math.max(policy.require, asked.require), from: from.length === 0 ? policy.from : from };
}
