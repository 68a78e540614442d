/**
 * GitHub's webhooks: what people and machines change in a repository while an incident of it is open, and deployments that fail, which are alerts.
 * Payloads as in GitHub's OpenAPI (x-webhooks); only what is told is read.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { OutsideChange } from '../core/model.ts';
import type { Seen } from '../core/seen.ts';
import { Failure } from '../lib/failure.ts';
import { failureSignals } from './github-failures.ts';
import { defineSource, type RawSignal, type ReadContext, type Signed } from './source.ts';
import { cleanLink, cleanValue } from './text.ts';

const EVENTS = ['release', 'deployment_status', 'workflow_run', 'push'] as const;
const NAME_MAX = 200;

/** Names of refs, people and environments: kept as they are, within bounds. A tag may hold anything git allows; it is never offered as a target. */
const name = z.string().transform((text) => cleanValue(text).slice(0, NAME_MAX));
const person = z.object({ login: name }).nullish();
const repository = z.object({ full_name: z.string().max(NAME_MAX), html_url: z.string(), default_branch: name.nullish() });
const common = { repository, sender: person };

const release = z.object({
  ...common,
  action: z.string(),
  release: z.object({ tag_name: name, html_url: z.string(), published_at: z.string().nullish() }),
});
const deploymentStatus = z.object({
  ...common,
  deployment: z.object({ sha: z.string(), ref: name, environment: name, payload: z.unknown(), creator: person }),
  deployment_status: z.object({
    state: name,
    created_at: z.string(),
    log_url: z.string().nullish(),
    target_url: z.string().nullish(),
    creator: person,
  }),
  workflow_run: z.object({ id: z.number(), display_title: z.string().nullish(), html_url: z.string().nullish() }).nullish(),
});
const workflowRun = z.object({
  ...common,
  action: z.string(),
  workflow_run: z.object({
    id: z.number(),
    path: z.string(),
    event: z.string().nullish(),
    head_repository: z.object({ full_name: z.string() }).nullish(),
    head_branch: name.nullish(),
    head_sha: z.string(),
    display_title: z.string().nullish(),
    html_url: z.string(),
    conclusion: name.nullish(),
    updated_at: z.string(),
    actor: person,
  }),
});
const push = z.object({ ...common, ref: z.string(), after: z.string(), created: z.boolean(), deleted: z.boolean() });

const payload = z.discriminatedUnion('event', [
  z.object({ event: z.literal('release'), payload: release }),
  z.object({ event: z.literal('deployment_status'), payload: deploymentStatus }),
  z.object({ event: z.literal('workflow_run'), payload: workflowRun }),
  z.object({ event: z.literal('push'), payload: push }),
]);

const signed: Signed = {
  events: EVENTS,
  mediaTypeHint: "set the webhook's content type to application/json",
  refusal(headers, body, secrets) {
    const given = one(headers['x-hub-signature-256']);
    const wrong = given === undefined && headers['x-hub-signature'] !== undefined ? 'sha256 required' : 'not allowed';
    const hint = 'sign the body with GITHUB_WEBHOOK_SECRET; GitHub sends X-Hub-Signature-256 when the webhook has a secret';
    const failure = new Failure('E_AUTH', wrong, { path: 'headers.x-hub-signature-256', hint });
    const claimed = /^sha256=([0-9a-f]{64})$/i.exec(given ?? '')?.[1];
    if (claimed === undefined) return failure;
    let isTrue = false;
    // Every secret is tried, so the time says nothing.
    for (const secret of secrets) isTrue = timingSafeEqual(createHmac('sha256', secret).update(body).digest(), Buffer.from(claimed, 'hex')) || isTrue;
    return isTrue ? undefined : failure;
  },
  label(headers) {
    const event = one(headers['x-github-event']);
    if (event === undefined || !/^[a-z_]{1,60}$/.test(event)) {
      const hint = 'GitHub sets this header; a proxy in between must keep it';
      throw new Failure('E_HEADER', 'X-GitHub-Event is missing or is no event name', { path: 'headers.x-github-event', hint });
    }
    const delivery = one(headers['x-github-delivery']);
    return { event, delivery: delivery !== undefined && /^[\w-]{1,64}$/.test(delivery) ? delivery : undefined };
  },
};

const one = (header: string | readonly string[] | undefined): string | undefined => (typeof header === 'string' && header !== '' ? header : undefined);

export const github = defineSource({
  name: 'github',
  about: 'GitHub’s own webhooks: failed deployments, and what somebody else releases, deploys or tags while an incident is open',
  signed,
  payload,
  toSignals,
  toChanges,
});

/** Of the branch or a tag that is deployed from; a pull request, whose branch may have the same name in a fork, deploys nothing. */
function toSignals(body: z.output<typeof payload>, context: ReadContext): readonly RawSignal[] {
  const { services } = context.catalog;
  if (body.event === 'deployment_status') return ofDeployment(body.payload, context).flatMap((seen) => failureSignals(seen, services));
  if (body.event !== 'workflow_run') return [];
  const { workflow_run: run, repository: home } = body.payload;
  const isForeign = run.head_repository != null && run.head_repository.full_name.toLowerCase() !== home.full_name.toLowerCase();
  if (isForeign || run.event?.startsWith('pull_request')) return [];
  const ref = { defaultBranch: home.default_branch ?? undefined };
  return ofRun(body.payload, context).flatMap((seen) => failureSignals(seen, services, ref));
}

function toChanges(body: z.output<typeof payload>, context: ReadContext): readonly Seen[] {
  switch (body.event) {
    case 'release':
      return ofRelease(body.payload, context);
    case 'deployment_status':
      return ofDeployment(body.payload, context);
    case 'workflow_run':
      return ofRun(body.payload, context);
    case 'push':
      return ofPush(body.payload, context);
  }
}

const NOTHING: Seen['marks'] = { texts: [], runId: undefined, sha: undefined };
/** `published` comes with `released` or `prereleased`, which say the same again. */
const RELEASE_ACTIONS = ['published', 'unpublished', 'deleted'];

function ofRelease({ action, release: it, repository: { full_name: repo }, sender }: z.output<typeof release>, { now }: ReadContext): readonly Seen[] {
  if (!RELEASE_ACTIONS.includes(action)) return [];
  const at = action === 'published' ? moment(it.published_at, now) : now;
  const change = { what: 'release', tag: it.tag_name, environment: undefined, state: action, by: sender?.login, url: link(it.html_url), at } as const;
  return [{ repo, change, workflow: undefined, marks: NOTHING }];
}

/** What a deployment is on its way through (queued, in progress, pending) changes nothing yet. */
const DEPLOYMENT_STATES = ['success', 'failure', 'error', 'inactive'];

function ofDeployment(body: z.output<typeof deploymentStatus>, { now }: ReadContext): readonly Seen[] {
  const { deployment, deployment_status: status, workflow_run: run, repository: home } = body;
  if (!DEPLOYMENT_STATES.includes(status.state)) return [];
  const change: OutsideChange = {
    what: 'deployment',
    tag: shortRef(deployment.ref),
    environment: deployment.environment,
    state: status.state,
    by: status.creator?.login ?? deployment.creator?.login ?? body.sender?.login,
    url: link(run?.html_url) || link(status.log_url) || link(status.target_url) || link(`${home.html_url}/deployments`),
    at: moment(status.created_at, now),
  };
  const texts = [run?.display_title ?? '', JSON.stringify(deployment.payload ?? '').slice(0, 4_000)];
  return [{ repo: home.full_name, change, workflow: undefined, marks: { texts, runId: run?.id, sha: deployment.sha } }];
}

/** A run that was skipped, or found nothing to say, did nothing. */
const CONCLUSIONS = ['success', 'failure', 'cancelled', 'timed_out', 'startup_failure', 'action_required'];

function ofRun({ action, workflow_run: run, repository: { full_name: repo }, sender }: z.output<typeof workflowRun>, { now }: ReadContext): readonly Seen[] {
  const state = run.conclusion ?? '';
  if (action !== 'completed' || !CONCLUSIONS.includes(state)) return [];
  const change: OutsideChange = {
    what: 'run',
    tag: run.head_branch ?? undefined,
    environment: undefined,
    state,
    by: run.actor?.login ?? sender?.login,
    url: link(run.html_url),
    at: moment(run.updated_at, now),
  };
  // `.github/workflows/deploy.yml`, sometimes with `@main` behind it.
  const workflow = run.path.replace(/@.*$/s, '').replace(/^.*\//s, '');
  return [{ repo, change, workflow, marks: { texts: [run.display_title ?? ''], runId: run.id, sha: run.head_sha } }];
}

const TAG_REF = 'refs/tags/';

function ofPush({ ref, after, created, deleted, repository: home, sender }: z.output<typeof push>, { now }: ReadContext): readonly Seen[] {
  if (!ref.startsWith(TAG_REF)) return [];
  const state = deleted ? 'deleted' : created ? 'created' : 'moved';
  const tag = shortRef(ref);
  const url = link(`${home.html_url}/tree/${encodeURIComponent(tag.toWellFormed())}`);
  const change: OutsideChange = { what: 'tag', tag, environment: undefined, state, by: sender?.login, url, at: now };
  return [{ repo: home.full_name, change, workflow: undefined, marks: { ...NOTHING, sha: after } }];
}

const shortRef = (ref: string): string => cleanValue(ref.replace(/^refs\/(?:tags|heads)\//, '')).slice(0, NAME_MAX);
const link = (url: string | null | undefined): string => cleanLink('', url ?? undefined)?.url ?? '';

/** GitHub's own time; what cannot be read, or lies ahead of us, is now. */
function moment(text: string | null | undefined, now: number): number {
  const at = Date.parse(text ?? '');
  return at > 0 ? Math.min(at, now) : now;
}
