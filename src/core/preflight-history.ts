/** What was deployed before and what is being deployed now. */
import { ago, CHECKS, check, familyOf, plural, short, span, type Way } from './preflight-check.ts';
import type { Check, RollbackAction } from './rollback.ts';
import type { DeploymentEntry, RollbackFacts } from './rollback-facts.ts';

/** What ran for less than this proves little: a release is often taken back in that time. */
const PROVEN_MS = 10 * 60_000;

/** Was the target ever healthy here, and for how long? A tag that was moved since proves nothing. */
export function provenBefore({ facts, draft, forward, to }: Way): Check {
  const { target, deployments, environment } = facts;
  const say = (verdict: Check['verdict'], because: string, about?: readonly string[]): Check =>
    check(CHECKS.deployed, verdict, because, verdict === 'ok' ? {} : { watch: `start-up and error rate of ${to}`, ...(about !== undefined && { about }) });
  if (deployments === undefined) return say('warn', `whether ${to} ever ran in ${environment} could not be determined`);
  const mine = deployments.filter(({ ref }) => ref === to);
  const [last] = mine;
  const ended = mine.find(({ state }) => !OPEN.includes(state));
  const success = mine.find(({ state }) => state === 'success');
  if (ended !== undefined && FAILED.includes(ended.state))
    return say('danger', `the last deployment of ${to} to ${environment} ended as ${ended.state} ${ago(facts, ended.at)}`, [`deployment ${ended.id}`]);
  if (success === undefined) {
    const found = last === undefined ? 'no deployment of it was found' : `its last deployment is ${last.state === 'unknown' ? 'of unknown state' : last.state}`;
    return say('warn', `${to} is not known to have run in ${environment}: ${found}`);
  }
  if (success.sha !== target.sha) return say('warn', `${to} ran as ${short(success.sha)}, but the tag was moved and points at ${short(target.sha)} now`);
  const since = `${to} was deployed to ${environment} with success ${ago(facts, success.at)}`;
  const after = replacedBy(deployments, success);
  if (after === undefined) return say('ok', since);
  const longest = Math.max(...mine.filter(({ state, sha }) => state === 'success' && sha === target.sha).map((one) => ranMs(facts, deployments, one)));
  // On the way forward it is known why it ran so short: it was rolled back.
  if (longest < PROVEN_MS && !forward && !draft.redeploy)
    return say('warn', `${to} ran in ${environment} for ${span(longest)} only, then ${after.ref} took its place`);
  return say('ok', `${since} and ran until ${ago(facts, after.at)}`);
}

const FAILED = ['failure', 'error'];
const OPEN = ['queued', 'pending', 'in_progress', 'waiting'];

/** Tags of other services of the repository do not take this one's place. */
function replacedBy(deployments: readonly DeploymentEntry[], entry: DeploymentEntry): DeploymentEntry | undefined {
  return deployments.findLast(({ at, state, ref }) => at > entry.at && state === 'success' && ref !== entry.ref && mayReplace(ref, entry.ref));
}

/** A branch may bring any release; a tag of another family is another service. */
const mayReplace = (ref: string, tag: string): boolean => !/\d/.test(ref) || familyOf(ref) === familyOf(tag);

const ranMs = (facts: RollbackFacts, deployments: readonly DeploymentEntry[], entry: DeploymentEntry): number =>
  (replacedBy(deployments, entry)?.at ?? facts.readAt) - entry.at;

/** Hosted jobs end after six hours at the latest (GitHub Actions limits); what is older is a deployment nobody closed. */
const LONGEST_DEPLOY_MS = 6 * 3_600_000;
/** Most deploys end within this; what is open for longer was perhaps only not closed. */
const USUAL_DEPLOY_MS = 30 * 60_000;
/** These wait for a free place of a workflow, so its other runs must be known. */
const STARTS_RUN: readonly RollbackAction['kind'][] = ['dispatchWorkflow', 'rerunRun', 'repositoryDispatch'];

/** A run of our own workflow blocks: two at a time leave half of each. What others leave open at GitHub is not always running. */
export function otherDeployments({ facts, draft, to }: Way): Check {
  const { running, deployments, readAt } = facts;
  const [first] = running ?? [];
  if (first !== undefined) {
    const more = running !== undefined && running.length > 1 ? ` and ${plural(running.length - 1, 'other')}` : '';
    return check(CHECKS.quiet, 'block', `a run of the workflow has not ended: ${first.title}${more}; wait for it or cancel it on GitHub`, { url: first.url });
  }
  const newest = (deployments ?? []).find(({ ref }) => mayReplace(ref, to));
  if (newest !== undefined && OPEN.includes(newest.state) && readAt - newest.at < LONGEST_DEPLOY_MS) {
    const verdict = readAt - newest.at < USUAL_DEPLOY_MS ? 'danger' : 'warn';
    return check(CHECKS.quiet, verdict, `a deployment of ${newest.ref} has not ended (${newest.state}, begun ${ago(facts, newest.at)})`, {
      about: [`deployment ${newest.id}`],
      watch: `that ${newest.ref} does not come back by itself`,
    });
  }
  const mustKnow = draft.actions.some(({ kind }) => STARTS_RUN.includes(kind));
  if ((running === undefined && mustKnow) || deployments === undefined)
    return check(CHECKS.quiet, 'warn', 'whether something else is being deployed could not be determined', {
      // Whoever was shown an open deployment, which is too old to count by now, was shown more than this.
      about: [],
      watch: 'other runs and deployments',
    });
  return check(CHECKS.quiet, 'ok', 'no run and no deployment is open');
}
