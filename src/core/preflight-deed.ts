/** Can it be done as planned: the workflow, the artifacts, the environment. */
import { CHECKS, check, gap, plural, some, type Way } from './preflight-check.ts';
import type { Check, RollbackAction } from './rollback.ts';
import type { WorkflowFacts } from './rollback-facts.ts';

export function workflow({ facts: all, draft }: Way): Check | undefined {
  const { repo } = all;
  const dispatch = draft.actions.find((action) => action.kind === 'dispatchWorkflow');
  if (dispatch === undefined) return undefined;
  const facts = all.workflows[`${dispatch.workflow}@${dispatch.ref}`];
  const say = (verdict: Check['verdict'], because: string): Check => check(CHECKS.workflow, verdict, because);
  const unread = (what: string, because: string): Check => check(CHECKS.workflow, 'warn', because, { about: [what], watch: 'whether the run begins' });
  const { workflow: file, ref, inputs } = dispatch;
  const why = gap(all, 'workflow');
  if (facts === undefined)
    return unread('file', `${file} could not be read${why === undefined ? '' : `: ${why}`}; GitHub refuses the dispatch if it does not fit`);
  if (facts.state === 'missing') return say('block', `there is no workflow ${file} in ${repo}; check services.yml → rollback.strategies → workflow`);
  if (facts.state !== 'active') return say('block', `${file} is switched off (${facts.state}); enable it on GitHub`);
  if (!facts.dispatchable) return say('block', why ?? `${file} at ${ref} has no workflow_dispatch trigger`);
  if (facts.inputs === undefined) return unread('inputs', `which inputs ${file} takes could not be read${why === undefined ? '' : `: ${why}`}`);
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
  return bad && `takes for "${bad.name}" only ${some(bad.options ?? [], 6)}`;
}

/** What services.yml says that a release needs to be there. Nothing is asked where it says nothing. */
export function artifacts({ facts, to }: Way): Check | undefined {
  const { artifacts: all } = facts;
  if (all.length === 0) return undefined;
  const inState = (state: 'missing' | 'unknown') => all.filter((artifact) => artifact.state === state);
  const [missing] = inState('missing');
  if (missing !== undefined) return check(CHECKS.artifacts, 'block', `${to} cannot be deployed: ${missing.name} is missing (${missing.because})`);
  const unknowns = inState('unknown');
  const [unknown] = unknowns;
  if (unknown !== undefined) {
    const about = unknowns.map(({ name }) => name);
    const because = `whether ${some(about, 2)} still ${about.length === 1 ? 'exists' : 'exist'} could not be found out: ${unknown.because}`;
    return check(CHECKS.artifacts, 'warn', because, { about, watch: `whether the deploy finds what it needs of ${to}` });
  }
  return check(
    CHECKS.artifacts,
    'ok',
    `${some(
      all.map(({ name }) => name),
      2,
    )} ${all.length === 1 ? 'is' : 'are'} there`,
  );
}

/** Jobs of workflows wait at the gates of an environment; a release mark, a pull request or a deployment of an outside deployer does not. */
const MEETS_GATES: readonly RollbackAction['kind'][] = ['dispatchWorkflow', 'rerunRun', 'repositoryDispatch', 'moveRef'];

export function environment({ facts, draft, to }: Way): Check | undefined {
  if (!draft.actions.some(({ kind }) => MEETS_GATES.includes(kind))) return undefined;
  const { protection, environment: name } = facts;
  if (protection === undefined) {
    const why = gap(facts, 'protection');
    const because = `whether ${name} is protected could not be found out${why === undefined ? '' : `: ${why}`}`;
    return check(CHECKS.environment, 'warn', because, { about: ['unknown'], watch: 'whether the run waits for somebody on GitHub' });
  }
  const waits = [...(protection.reviewers ? ['a reviewer'] : []), ...(protection.waitMinutes > 0 ? [plural(protection.waitMinutes, 'minute')] : [])];
  if (waits.length > 0) {
    const watch = protection.reviewers ? 'the run: somebody must approve it on GitHub' : 'the run: it stands still until the time is over';
    return check(CHECKS.environment, 'warn', `${name} is protected: GitHub will wait for ${waits.join(' and ')}`, { watch });
  }
  const byTag = draft.actions.some((action) => action.kind === 'dispatchWorkflow' && action.ref === to);
  if (protection.branchPolicy && byTag)
    return check(CHECKS.environment, 'warn', `${name} takes only certain branches and tags, and the run would be of ${to}`, {
      watch: 'whether GitHub lets the job begin',
    });
  return check(CHECKS.environment, 'ok', `${name} makes nobody wait`);
}
