/**
 * Facts of a release and what is about to be done → checks, each with a verdict and a reason. `block` refuses; `warn` leaves it
 * to people. What could not be found out is a warning, never a pass.
 */
import type { Check, RollbackAction } from './rollback.ts';
import type { DeploymentEntry, RollbackFacts, WorkflowFacts } from './rollback-facts.ts';
import { isTag, nearestTags } from './tag.ts';

/** What is to be checked besides the facts. */
export interface Draft {
  /** The tag somebody named; undefined: it was chosen. */
  readonly tag: string | undefined;
  readonly actions: readonly RollbackAction[];
}

/** Names of the checks: they stand in Slack as they are. */
export const CHECKS = {
  target: 'Target',
  current: 'Running now',
  differs: 'Change',
  older: 'Direction',
  deployed: 'Proven before',
  migrations: 'Migrations',
  workflow: 'Workflow',
  quiet: 'Other deployments',
} as const;

export function preflight(facts: RollbackFacts, draft: Draft): readonly Check[] {
  const checks = [targetExists(facts, draft), currentKnown(facts)];
  const { target } = facts;
  if (target === undefined) return checks;
  const known: Known = { ...facts, target };
  const rest = [notTheCurrent(known), older(known), deployedBefore(known), migrations(known), workflow(known, draft), quiet(known, draft)];
  return [...checks, ...rest].filter((check) => check !== undefined);
}

type Known = RollbackFacts & { readonly target: NonNullable<RollbackFacts['target']> };
const check = (name: string, verdict: Check['verdict'], because: string, more: Pick<Check, 'files' | 'url'> = {}): Check => ({
  name,
  verdict,
  because,
  ...more,
});
const short = (sha: string): string => sha.slice(0, 7);
const gap = (facts: RollbackFacts, about: string): string | undefined => facts.gaps.find((text) => text.startsWith(`${about}: `))?.slice(about.length + 2);

function targetExists(facts: RollbackFacts, { tag, actions }: Draft): Check {
  const block = (because: string): Check => check(CHECKS.target, 'block', because);
  const { target, repo } = facts;
  if (target === undefined) {
    const entry = facts.releases.find((release) => release.tag === tag);
    if (entry?.draft) return block(`${entry.tag} is a draft; publish it or name another tag`);
    if (entry !== undefined) return block(gap(facts, 'target') ?? `the commit ${entry.tag} points at could not be read`);
    if (tag !== undefined) return block(`there is no release ${tag} in ${repo}${near(facts, tag)}`);
    return block(gap(facts, 'target') ?? `no earlier release to go back to is known in ${repo}; name a tag`);
  }
  const odd = oddName({ ...facts, target }, actions);
  if (odd !== undefined) return block(odd);
  const entry = facts.releases.find((release) => release.tag === target.tag);
  const says = `${target.tag} is published and points at ${short(target.sha)}`;
  return entry?.prerelease ? check(CHECKS.target, 'warn', `${says}, but is marked as a pre-release`, { url: target.url }) : check(CHECKS.target, 'ok', says);
}

/** Git takes `v1$(id)` for a tag, and a deploy script that puts it into a command line runs what is in the brackets. */
function oddName({ target, current }: Known, actions: readonly RollbackAction[]): string | undefined {
  const given = actions.flatMap((action) => (action.kind === 'dispatchWorkflow' ? Object.values(action.inputs) : []));
  const sent = [target.tag, ...(current !== undefined && given.some((value) => value.includes(current.tag)) ? [current.tag] : [])];
  const odd = sent.find((tag) => !isTag(tag));
  if (odd === undefined) return undefined;
  return `the name ${odd.slice(0, 130)} holds characters that a deploy script could take for a command; only letters, digits and . _ + - are sent; name another tag`;
}

function near(facts: RollbackFacts, tag: string): string {
  const names = nearestTags(
    tag,
    facts.releases.filter(({ draft }) => !draft).map((release) => release.tag),
  );
  return names.length === 0 ? '' : `; nearest: ${names.join(', ')}`;
}

function currentKnown(facts: RollbackFacts): Check {
  const { current } = facts;
  const doubt = gap(facts, 'current');
  if (current === undefined)
    return check(CHECKS.current, 'block', `what runs in ${facts.environment} could not be found out${doubt === undefined ? '' : `: ${doubt}`}`);
  if (doubt !== undefined) return check(CHECKS.current, 'warn', `${current.tag} is taken for what runs; ${doubt}`);
  return check(CHECKS.current, 'ok', `${current.tag} runs in ${facts.environment}`);
}

function notTheCurrent(facts: Known): Check | undefined {
  const { target, current, compare, deployments } = facts;
  if (current === undefined) return undefined;
  if (target.tag === current.tag) {
    const since = deployments?.find(({ ref, state }) => ref === current.tag && state === 'success')?.at;
    return check(CHECKS.differs, 'block', `${target.tag} is already live${since === undefined ? '' : ` since ${ago(facts, since)}`}; nothing to do`);
  }
  if (target.sha === current.sha || compare?.status === 'identical') {
    return check(CHECKS.differs, 'block', `${target.tag} and ${current.tag} are the same commit ${short(target.sha)}; nothing would change`);
  }
  return check(CHECKS.differs, 'ok', `${current.tag} is replaced by ${target.tag}`);
}

/** The history of commits decides; dates only where it cannot. */
function older({ target, current, compare }: Known): Check | undefined {
  if (current === undefined || target.tag === current.tag || compare?.status === 'identical') return undefined;
  const forward = check(CHECKS.older, 'block', `${target.tag} is newer than ${current.tag}: this is a roll-forward; use the deploy flow`);
  if (compare?.status === 'behind') return forward;
  if (compare?.status === 'ahead') {
    return check(CHECKS.older, 'ok', `${current.tag} is ${plural(compare.commits, 'commit')} ahead of ${target.tag}`, { url: compare.url });
  }
  const [was, is] = [target.publishedAt, current.publishedAt];
  if (was === undefined || is === undefined) return check(CHECKS.older, 'warn', `whether ${target.tag} is older than ${current.tag} could not be determined`);
  if (was > is) return forward;
  if (compare === undefined) return check(CHECKS.older, 'warn', `published before ${current.tag}, but the commits could not be compared`);
  return check(CHECKS.older, 'warn', `published before ${current.tag}, but on another line of commits: what only ${target.tag} has is not listed`, {
    url: compare.url,
  });
}

function deployedBefore(facts: Known): Check {
  const { target, deployments, environment } = facts;
  if (deployments === undefined) return check(CHECKS.deployed, 'warn', `whether ${target.tag} ever ran in ${environment} could not be determined`);
  const mine = deployments.filter(({ ref }) => ref === target.tag);
  const success = mine.find(({ state }) => state === 'success');
  if (success === undefined) {
    const last = mine[0];
    const found = last === undefined ? 'no deployment of it was found' : `its last deployment ended as ${last.state}`;
    return check(CHECKS.deployed, 'warn', `${target.tag} is not known to have run in ${environment}: ${found}`);
  }
  if (success.sha !== target.sha) {
    return check(CHECKS.deployed, 'warn', `${target.tag} ran as ${short(success.sha)}, but the tag was moved and points at ${short(target.sha)} now`);
  }
  const after = replacedBy(deployments, success);
  const until = after === undefined ? '' : ` and ran until ${ago(facts, after.at)}`;
  return check(CHECKS.deployed, 'ok', `${target.tag} was deployed to ${environment} with success ${ago(facts, success.at)}${until}`);
}

function replacedBy(deployments: readonly DeploymentEntry[], entry: DeploymentEntry): DeploymentEntry | undefined {
  return deployments.findLast(({ at, state, ref }) => at > entry.at && state === 'success' && ref !== entry.ref);
}

function migrations({ target, current, compare }: Known): Check | undefined {
  if (current === undefined || target.tag === current.tag) return undefined;
  if (compare === undefined) return check(CHECKS.migrations, 'warn', `could not be determined: look for migrations between ${target.tag} and ${current.tag}`);
  const { url, migrations: files } = compare;
  const more = compare.truncated ? '; GitHub lists only the first 300 files, so there may be more' : '';
  if (files.length > 0) {
    const question = `${plural(files.length, 'migration')} came with ${current.tag}: were they run?`;
    const because = `${question} Run: the old code meets the new schema. Not run: rolling back is safe${more}`;
    return check(CHECKS.migrations, 'warn', because, { files, url });
  }
  if (compare.truncated) return check(CHECKS.migrations, 'warn', `none among the first 300 changed files, and GitHub lists no more`, { url });
  if (compare.status === 'diverged')
    return check(CHECKS.migrations, 'warn', `none on the side of ${current.tag}; the other line of commits is not listed`, { url });
  return check(CHECKS.migrations, 'ok', `none among ${plural(compare.files.length, 'changed file')}`, { url });
}

function workflow(all: Known, { actions }: Draft): Check | undefined {
  const { repo } = all;
  const dispatch = actions.find((action) => action.kind === 'dispatchWorkflow');
  if (dispatch === undefined) return undefined;
  const facts = all.workflows[`${dispatch.workflow}@${dispatch.ref}`];
  const say = (verdict: Check['verdict'], because: string): Check => check(CHECKS.workflow, verdict, because);
  const { workflow: file, ref, inputs } = dispatch;
  const why = gap(all, 'workflow');
  if (facts === undefined)
    return say('warn', `${file} could not be read${why === undefined ? '' : `: ${why}`}; GitHub refuses the dispatch if it does not fit`);
  if (facts.state === 'missing') return say('block', `there is no workflow ${file} in ${repo}; check services.yml → rollback.strategies → workflow`);
  if (facts.state !== 'active') return say('block', `${file} is switched off (${facts.state}); enable it on GitHub`);
  if (!facts.dispatchable) return say('block', why ?? `${file} at ${ref} has no workflow_dispatch trigger`);
  if (facts.inputs === undefined) return say('warn', `which inputs ${file} takes could not be read${why === undefined ? '' : `: ${why}`}`);
  const wrong = wrongInputs(facts.inputs, inputs);
  return wrong === undefined
    ? say('ok', `${file} at ${ref} is active and takes ${Object.keys(inputs).join(', ') || 'no inputs'}`)
    : say('block', `${file} at ${ref} ${wrong}`);
}

function wrongInputs(taken: NonNullable<WorkflowFacts['inputs']>, given: Readonly<Record<string, string>>): string | undefined {
  const unknown = Object.keys(given).find((name) => !taken.some((input) => input.name === name));
  if (unknown !== undefined) return `has no input "${unknown}"; it takes ${taken.map(({ name }) => name).join(', ') || 'none'}`;
  const missing = taken.find(({ name, required }) => required && (given[name] ?? '') === '');
  if (missing !== undefined) return `requires the input "${missing.name}", which is not given`;
  const bad = taken.find(({ name, options }) => given[name] !== undefined && options !== undefined && !options.includes(given[name]));
  return bad && `takes for "${bad.name}" only ${bad.options?.join(', ')}`;
}

/** Hosted jobs end after six hours at the latest (GitHub Actions limits); what is older is a deployment nobody closed. */
const LONGEST_DEPLOY_MS = 6 * 3_600_000;

function quiet(facts: Known, { actions }: Draft): Check {
  const { running, deployments, readAt } = facts;
  const [first] = running ?? [];
  if (first !== undefined) {
    return check(CHECKS.quiet, 'block', `a run of the workflow has not ended: ${first.title}; wait for it or cancel it on GitHub`, { url: first.url });
  }
  const [newest] = deployments ?? [];
  const open = newest !== undefined && ['queued', 'pending', 'in_progress', 'waiting'].includes(newest.state) && readAt - newest.at < LONGEST_DEPLOY_MS;
  if (open) return check(CHECKS.quiet, 'warn', `a deployment of ${newest.ref} has not ended (${newest.state}, begun ${ago(facts, newest.at)})`);
  const mustKnow = actions.some(({ kind }) => kind === 'dispatchWorkflow');
  if ((running === undefined && mustKnow) || deployments === undefined)
    return check(CHECKS.quiet, 'warn', 'whether something else is being deployed could not be determined');
  return check(CHECKS.quiet, 'ok', 'no run and no deployment is open');
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function ago(facts: RollbackFacts, at: number): string {
  const minutes = Math.max(0, Math.floor((facts.readAt - at) / 60_000));
  if (minutes < 1) return 'less than a minute ago';
  if (minutes < 120) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 72 ? `${hours} h ago` : `${Math.floor(hours / 24)} days ago`;
}
