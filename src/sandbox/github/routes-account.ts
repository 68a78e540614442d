/** Who am I, how much is left, and what a GitHub App asks. */
import { type Answer, iso, notFound, ok, refuse, requiresAuthentication } from './answer.ts';
import type { AppAuth } from './app.ts';
import type { Call, Route } from './router.ts';
import { userId, userJson } from './shapes.ts';

export const accountRoutes: readonly Route[] = [
  { method: 'GET', path: '/rate_limit', isFree: true, answer: rateLimit },
  { method: 'GET', path: '/user', answer: user },
  { method: 'GET', path: '/app', answer: (call) => asApp(call, (app) => ok(appJson(call, app))) },
  { method: 'GET', path: '/app/installations', answer: (call) => asApp(call, (app) => ok([installationJson(call, app)])) },
  { method: 'GET', path: '/app/installations/:installation', answer: (call) => asApp(call, (app) => installation(call, app)) },
  {
    method: 'POST',
    path: '/app/installations/:installation/access_tokens',
    answer: (call) => asApp(call, (app) => app.issue(Number(call.params.installation), call.body, call.world.now())),
  },
  { method: 'GET', path: '/repos/:owner/:repo/installation', answer: (call) => asApp(call, (app) => ok(installationJson(call, app))) },
];

function rateLimit({ caller, budgets }: Call): Answer {
  const { limit, used, resetAt } = budgets.look(caller);
  const reset = Math.ceil(resetAt / 1000);
  const core = { limit, used, remaining: limit - used, reset, resource: 'core' };
  const other = (resource: string, ofLimit: number) => ({ limit: ofLimit, used: 0, remaining: ofLimit, reset, resource });
  const isKnown = caller.kind !== 'anonymous';
  return ok({ resources: { core, search: other('search', isKnown ? 30 : 10), graphql: other('graphql', isKnown ? 5000 : 0) }, rate: core });
}

function user({ caller, at, world }: Call): Answer {
  if (caller.kind === 'anonymous') return requiresAuthentication;
  if (caller.kind === 'app' || caller.grant.kind === 'installation') return refuse(403, 'Resource not accessible by integration');
  const since = iso(world.now() - 400 * 86_400_000);
  const blank = {
    name: null,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    notification_email: null,
  };
  return ok({ ...userJson(at, caller.login), ...blank, public_repos: 0, public_gists: 0, followers: 0, following: 0, created_at: since, updated_at: since });
}

function asApp({ caller, app }: Call, answer: (app: AppAuth) => Answer): Answer {
  if (caller.kind !== 'app' || !app) return refuse(401, 'A JSON web token could not be decoded');
  return answer(app);
}

function appJson({ at, world }: Call, { options }: AppAuth) {
  const since = iso(world.now() - 400 * 86_400_000);
  const about = { name: options.slug, description: 'Rolls release tags back', external_url: at.web, html_url: `${at.api}/apps/${options.slug}` };
  const owner = userJson(at, at.owner);
  const permissions = { metadata: 'read', ...options.permissions };
  return {
    id: options.id,
    slug: options.slug,
    node_id: `A_${options.id}`,
    owner,
    ...about,
    permissions,
    events: [],
    created_at: since,
    updated_at: since,
    installations_count: 1,
  };
}

function installation(call: Call, app: AppAuth): Answer {
  return Number(call.params.installation) === app.options.installationId ? ok(installationJson(call, app)) : notFound;
}

function installationJson({ at, world }: Call, { options }: AppAuth) {
  const since = iso(world.now() - 300 * 86_400_000);
  const { installationId: id } = options;
  return {
    id,
    account: userJson(at, at.owner),
    access_tokens_url: `${at.api}/app/installations/${id}/access_tokens`,
    repositories_url: `${at.api}/installation/repositories`,
    html_url: `${at.api}/settings/installations/${id}`,
    app_id: options.id,
    app_slug: options.slug,
    target_id: userId(at.owner),
    target_type: 'Organization',
    repository_selection: 'selected',
    permissions: { metadata: 'read', ...options.permissions },
    events: [],
    single_file_name: null,
    created_at: since,
    updated_at: since,
    suspended_by: null,
    suspended_at: null,
  };
}
