/**
 * The dry run: the requests a plan would send, each as one line, in order; reads made on the way are in. What only GitHub can say while it is
 * done stands in `<>`. `test/rollbacks/dry-run.test.ts` holds these lines against what the sandbox's GitHub was really sent.
 *
 * Left out, because no plan can know it: the second look when a tag is an object of its own (git tag -a), and the dispatch repeated without
 * `return_run_details` for an old Enterprise server that refused this field.
 */
import type { Json } from '../core/model.ts';
import type { RollbackAction, RollbackPlan } from '../core/rollback.ts';

/** `POST /repos/acme/shop/dispatches {"event_type":"rollback",…}` */
export function printRequests(plan: RollbackPlan): readonly string[] {
  return plan.actions.flatMap((action) => requestsOf(action, plan)).map((request) => `${request.method} ${path(plan, request)}${bodyOf(request)}`);
}

interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Below the repository, as parts: each is made safe for a path. */
  readonly at: readonly (string | number)[];
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: Json;
}

function path({ repo }: RollbackPlan, { at, query = {} }: Request): string {
  const asked = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `/repos/${[repo, ...at.map(encodeURIComponent)].join('/')}${asked.length === 0 ? '' : `?${asked.join('&')}`}`;
}

const bodyOf = ({ body }: Request): string => (body === undefined ? '' : ` ${JSON.stringify(body)}`);

function requestsOf(action: RollbackAction, plan: RollbackPlan): readonly Request[] {
  switch (action.kind) {
    case 'dispatchWorkflow': {
      const body = { ref: action.ref, inputs: action.inputs, return_run_details: true };
      return [{ method: 'POST', at: ['actions', 'workflows', action.workflow, 'dispatches'], body }];
    }
    case 'markRelease': {
      const body = { make_latest: action.latest ? 'true' : 'false', prerelease: action.prerelease };
      return [{ method: 'PATCH', at: ['releases', action.releaseId], body }];
    }
    case 'createDeployment':
      return [readRef(`tags/${action.ref}`), { method: 'POST', at: ['deployments'], body: deploymentOf(action) }];
    case 'rerunRun':
      return [
        { method: 'GET', at: ['actions', 'runs', action.runId] },
        { method: 'POST', at: ['actions', 'runs', action.runId, 'rerun'] },
      ];
    case 'repositoryDispatch':
      return [{ method: 'POST', at: ['dispatches'], body: { event_type: action.eventType, client_payload: action.payload } }];
    case 'moveRef': {
      const move: Request = { method: 'PATCH', at: ['git', 'refs', action.ref], body: { sha: action.to, force: true } };
      return [readRef(action.ref), move, readRef(action.ref)];
    }
    case 'openRevert':
      return revert(action, plan);
  }
}

const readRef = (ref: string): Request => ({ method: 'GET', at: ['git', 'ref', ref] });

function deploymentOf(action: Extract<RollbackAction, { kind: 'createDeployment' }>): Json {
  const { ref, task, requiredContexts, payload, environment, description } = action;
  return { ref, task, auto_merge: false, required_contexts: requiredContexts, payload, environment, description };
}

function revert(action: Extract<RollbackAction, { kind: 'openRevert' }>, { repo, to }: RollbackPlan): readonly Request[] {
  const { branch, base, baseSha, targetSha, title, body } = action;
  const [owner = ''] = repo.split('/');
  // Forward again, the files are those the base had before, and no release's.
  const target = targetSha === to.sha ? to.tag : targetSha.slice(0, 7);
  return [
    { method: 'GET', at: ['pulls'], query: { head: `${owner}:${branch}`, base, state: 'all', per_page: 10 } },
    readRef(`heads/${base}`),
    readRef(`heads/${branch}`),
    { method: 'GET', at: ['git', 'commits', targetSha] },
    { method: 'GET', at: ['git', 'commits', baseSha] },
    { method: 'POST', at: ['git', 'commits'], body: { message: `${title}\n\n${body}`, tree: `<tree of ${target}>`, parents: [baseSha] } },
    { method: 'POST', at: ['git', 'refs'], body: { ref: `refs/heads/${branch}`, sha: '<the new commit>' } },
    { method: 'POST', at: ['pulls'], body: { title, body, head: branch, base } },
  ];
}
