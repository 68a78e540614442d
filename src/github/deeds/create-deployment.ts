/** Asks for a deployment of the target, for whoever deploys on GitHub's word. GitHub itself does nothing more than to note it. */
import type { RunReference } from '../../core/rollback.ts';
import { Failure } from '../../lib/failure.ts';
import { deploymentsSince } from '../deployments.ts';
import type { Desk } from '../desk.ts';
import { readTagSha } from '../refs.ts';
import { DeployedShape } from '../shapes.ts';
import { type ActionOf, answeredAs, type Deed, keyOf } from './deed.ts';

type Action = ActionOf<'createDeployment'>;
/** GitHub's limit. */
const DESCRIPTION_MAX = 140;

export const createDeployment: Deed<'createDeployment'> = {
  kind: 'createDeployment',
  apply,
  async find(desk, { environment, ref, payload }, { since, key }) {
    const ours = keyOf(payload.tagback_id, key);
    // Nothing tells two deployments without a key apart.
    if (ours === undefined) return 'unknown';
    const { listed, complete } = await deploymentsSince(desk, { environment, ref, since });
    const found = listed.find((one) => one.payload.tagback_id === ours);
    if (found !== undefined) return referTo(desk, environment, found.id);
    return complete ? 'absent' : 'unknown';
  },
};

async function apply(desk: Desk, action: Action): Promise<RunReference> {
  const { github, ...rest } = desk;
  const { ref, sha, environment, requiredContexts } = action;
  const to = `create a deployment of ${ref} to ${environment} of ${rest.repo}`;
  await refuseIfMoved(desk, action, to);
  const { value: made, requestId } = await github.write({
    ...rest,
    route: 'POST /repos/{owner}/{repo}/deployments',
    params: {
      ref,
      task: action.task,
      // By default GitHub would merge the default branch into what we deploy, and want every commit status of it to be good.
      auto_merge: false,
      required_contexts: requiredContexts,
      payload: action.payload,
      environment,
      description: action.description.slice(0, DESCRIPTION_MAX),
    },
    to,
    schema: DeployedShape,
  });
  if ('message' in made) {
    throw new Failure('E_GITHUB_REFUSED', `could not ${to}: GitHub answered “${made.message.slice(0, 200)}” and made no deployment`, {
      hint: `look at what GitHub changed in ${rest.repo}: it merges only where a branch is deployed, never a tag`,
      permanent: true,
    });
  }
  if (made.sha !== sha) throw wentElsewhere(to, { id: made.id, got: made.sha, wanted: sha });
  return { ...referTo(desk, environment, made.id), ...answeredAs(requestId) };
}

/** The tag may have been moved since the plan was made, and GitHub would deploy what it points at now. */
async function refuseIfMoved(desk: Desk, { ref, sha }: Action, to: string): Promise<void> {
  const now = await readTagSha(desk, ref);
  if (now === sha) return;
  throw new Failure('E_PLAN_MOVED', `could not ${to}: ${ref} points at ${short(now)} now, and ${short(sha)} was approved; nothing was sent`, {
    hint: 'find out who moved the tag, then ask for a new plan',
    permanent: true,
  });
}

/** Between our reading and GitHub's. */
function wentElsewhere(to: string, { id, got, wanted }: { readonly id: number; readonly got: string; readonly wanted: string }): Failure {
  const says = `the tag was moved while we asked: deployment ${id} was made of ${short(got)}, and ${short(wanted)} was approved`;
  return new Failure('E_PLAN_MOVED', `could not ${to} as approved: ${says}`, {
    hint: `stop deployment ${id} where it is carried out, and find out who moved the tag`,
    permanent: true,
  });
}

function referTo({ github, repo }: Desk, environment: string, id: number): RunReference {
  return { kind: 'deployment', id, url: `${github.web(repo)}/deployments/${encodeURIComponent(environment)}` };
}

const short = (sha: string): string => sha.slice(0, 7);
