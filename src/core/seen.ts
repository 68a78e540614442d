/** What a source saw happen to a repository: whom it concerns, and whether it was our own deed. */
import type { Incident, IncidentId, OutsideChange } from './model.ts';
import type { Rollback, RollbackStage } from './rollback.ts';
import type { Service } from './service.ts';

export interface Seen {
  /** `owner/name`. */
  readonly repo: string;
  readonly change: OutsideChange;
  /** File of the workflow that ran, `deploy.yml`; undefined: it is not about a run. */
  readonly workflow: string | undefined;
  /** By these the doer is known. */
  readonly marks: {
    /** Name of the run, payload of the deployment: where our key travels. */
    readonly texts: readonly string[];
    readonly runId: number | undefined;
    /** Commit that was deployed, or that a tag points at now. */
    readonly sha: string | undefined;
  };
}

/** GitHub takes names of repositories and environments in any case. */
const alike = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

export function concerns({ repo, change, workflow }: Seen, service: Service): boolean {
  if (!alike(service.repo, repo) || (change.environment !== undefined && !alike(service.environment, change.environment))) return false;
  if (workflow !== undefined && !deployWorkflows(service).includes(workflow)) return false;
  const { tagPrefix } = service.rollback;
  // Several services in one repository; `main` and `stable` are nobody's alone.
  return change.tag === undefined || change.tag.startsWith(tagPrefix) || !/\d/.test(change.tag);
}

function deployWorkflows(service: Service): readonly string[] {
  return service.rollback.strategies.flatMap(({ options }) => {
    const workflow = typeof options === 'object' && options !== null && 'workflow' in options ? options.workflow : undefined;
    return typeof workflow === 'string' ? [workflow] : [];
  });
}

/** Incidents whose key, `INC-42/rb1`, stands in the marks; whether it is true is for `isOurs` to say. */
export function incidentsNamed({ marks }: Seen): readonly IncidentId[] {
  return [...new Set(keysIn(marks.texts).map((key) => key.slice(0, key.indexOf('/'))))];
}

const keysIn = (texts: readonly string[]): readonly string[] => texts.flatMap((text) => text.match(/\bINC-\d{1,9}\/rb\d{1,4}/g) ?? []);

const NEVER_SENT: readonly RollbackStage[] = ['planning', 'asking', 'counting', 'applying', 'refused', 'declined', 'expired', 'cancelled'];
/** Our clock and GitHub's, and a webhook that is late. */
const LEEWAY_MS = 2 * 60_000;

/** Did a rollback of this incident do it? A key alone proves nothing: anybody can give a run that name, so the rollback must have been sent. */
export function isOurs(seen: Seen, incident: Pick<Incident, 'id' | 'rollbacks'>): boolean {
  return Object.values(incident.rollbacks).some(
    (rollback) =>
      !NEVER_SENT.includes(rollback.stage) &&
      // Whoever runs our run again later, or borrows its name, is somebody else.
      (rollback.endedAt === undefined || rollback.stage === 'unknown' || seen.change.at <= rollback.endedAt + LEEWAY_MS) &&
      (keysIn(seen.marks.texts).includes(`${incident.id}/${rollback.id}`) || isItsRun(seen, rollback) || isItsWork(seen, rollback)),
  );
}

const isItsRun = ({ marks }: Seen, { run }: Rollback): boolean => run?.kind === 'run' && run.id !== 0 && run.id === marks.runId;

/** For workflows that carry no key: what happens in the time of the rollback, to its environment, and is what it does. */
function isItsWork({ change, marks }: Seen, { plan, requestedAt, sentAt, endedAt }: Rollback): boolean {
  if (!plan || change.at < (sentAt ?? requestedAt) - LEEWAY_MS || change.at > (endedAt ?? change.at) + LEEWAY_MS) return false;
  if (change.what === 'tag')
    return (
      change.tag !== undefined && plan.actions.some((action) => action.kind === 'moveRef' && action.ref === `tags/${change.tag}` && action.to === marks.sha)
    );
  if (change.what !== 'deployment' || !alike(change.environment, plan.environment)) return false;
  // GitHub retires the deployment that ours takes the place of.
  if (change.state === 'inactive') return true;
  return change.tag === plan.to.tag || plan.actions.some((action) => action.kind === 'dispatchWorkflow' && action.ref === change.tag);
}
