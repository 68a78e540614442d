/**
 * Cuts GitHub's OpenAPI description (13 MB) down to the requests Tagback sends, `test/contracts/github-openapi.json`, and to the
 * answers the sandbox gives, `test/fixtures/github/responses.json`.
 *
 *   npm i --prefix /tmp/openapi @octokit/openapi@23.0.2
 *   node scripts/reduce-github-openapi.ts /tmp/openapi/node_modules/@octokit/openapi
 *
 * Run it again when src/github asks for a new route (test/contracts/github.test.ts says which one is missing) or the sandbox gives
 * a new kind of answer.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const OPERATIONS: readonly string[] = [
  'GET /app',
  'POST /app/installations/{installation_id}/access_tokens',
  'GET /orgs/{org}/packages/{package_type}/{package_name}/versions',
  'GET /rate_limit',
  'GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs',
  'GET /repos/{owner}/{repo}/actions/runs/{run_id}',
  'GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs',
  'POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun',
  'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}',
  'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
  'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
  'GET /repos/{owner}/{repo}/commits',
  'GET /repos/{owner}/{repo}/compare/{basehead}',
  'GET /repos/{owner}/{repo}/contents/{path}',
  'GET /repos/{owner}/{repo}/deployments',
  'POST /repos/{owner}/{repo}/deployments',
  'GET /repos/{owner}/{repo}/deployments/{deployment_id}',
  'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
  'POST /repos/{owner}/{repo}/dispatches',
  'GET /repos/{owner}/{repo}/environments/{environment_name}',
  'POST /repos/{owner}/{repo}/git/commits',
  'GET /repos/{owner}/{repo}/git/commits/{commit_sha}',
  'GET /repos/{owner}/{repo}/git/ref/{ref}',
  'POST /repos/{owner}/{repo}/git/refs',
  'PATCH /repos/{owner}/{repo}/git/refs/{ref}',
  'GET /repos/{owner}/{repo}/git/tags/{tag_sha}',
  'GET /repos/{owner}/{repo}/installation',
  'GET /repos/{owner}/{repo}/pulls',
  'POST /repos/{owner}/{repo}/pulls',
  'GET /repos/{owner}/{repo}/pulls/{pull_number}',
  'GET /repos/{owner}/{repo}/releases',
  'GET /repos/{owner}/{repo}/releases/latest',
  'GET /repos/{owner}/{repo}/releases/tags/{tag}',
  'GET /repos/{owner}/{repo}/releases/{release_id}',
  'PATCH /repos/{owner}/{repo}/releases/{release_id}',
  'GET /users/{username}/packages/{package_type}/{package_name}/versions',
];
/** Taken by GitHub and left out of its description: its own actions/delete-package-versions pages through this list. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  'GET /users/{username}/packages/{package_type}/{package_name}/versions': ['page', 'per-page'],
};
/** Schemas of answers; what they refer to comes along. */
const ANSWERS: readonly string[] = [
  'app-permissions',
  'basic-error',
  'commit',
  'commit-comparison',
  'content-file',
  'deployment',
  'deployment-status',
  'environment',
  'full-repository',
  'git-commit',
  'git-ref',
  'git-tag',
  'installation',
  'installation-token',
  'integration',
  'job',
  'package-version',
  'pending-deployment',
  'public-user',
  'pull-request',
  'pull-request-simple',
  'rate-limit-overview',
  'release',
  'tag',
  'validation-error',
  'workflow',
  'workflow-dispatch-response',
  'workflow-run',
];
const REQUESTS_FILE = new URL('../test/contracts/github-openapi.json', import.meta.url);
const ANSWERS_FILE = new URL('../test/fixtures/github/responses.json', import.meta.url);

type Node = null | boolean | number | string | Node[] | { [key: string]: Node };
type Branch = { [key: string]: Node };
const isBranch = (node: Node | undefined): node is Branch => typeof node === 'object' && node !== null && !Array.isArray(node);

function reduce(folder: string): void {
  const pack: Node = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const whole: Node = JSON.parse(readFileSync(`${folder}/generated/api.github.com.json`, 'utf8'));
  if (!isBranch(pack) || !isBranch(whole)) throw new Error(`${folder} does not hold @octokit/openapi`);
  const components: Branch = {};
  const paths: Branch = {};
  for (const operation of OPERATIONS) {
    const [method = '', path = ''] = operation.split(' ');
    const found = at(whole, ['paths', path, method.toLowerCase()]);
    if (!isBranch(found)) throw new Error(`GitHub describes no ${operation}`);
    const also: readonly Node[] = (ALSO[operation] ?? []).map((name) => ({ $ref: `#/components/parameters/${name}` }));
    const described = Array.isArray(found.parameters) ? found.parameters : [];
    const request = {
      operationId: found.operationId ?? null,
      parameters: [...described, ...also],
      ...(found.requestBody !== undefined && { requestBody: found.requestBody }),
    };
    const clean = rewrite(request);
    collect(clean, whole, components);
    const entry = paths[path];
    paths[path] = { ...(isBranch(entry) ? entry : {}), [method.toLowerCase()]: clean };
  }
  const source = `${String(pack.name)} ${String(pack.version)}; requests only, descriptions left out, "nullable" rewritten`;
  const licence = readFileSync(`${folder}/LICENSE`, 'utf8').trim();
  writeFileSync(REQUESTS_FILE, `${JSON.stringify({ source, licence, openapi: whole.openapi ?? null, paths, components }, null, 1)}\n`);
  const from = `${String(pack.name)} ${String(pack.version)} (MIT), api.github.com: schemas of the answers the mini GitHub gives, without texts and examples`;
  writeFileSync(ANSWERS_FILE, `${JSON.stringify({ source: from, components: answers(whole) })}\n`);
}

function answers(whole: Branch): Branch {
  const components: Branch = {};
  collect(
    ANSWERS.map((name) => ({ $ref: `#/components/schemas/${name}` })),
    whole,
    components,
  );
  return components;
}

function at(node: Node, keys: readonly string[]): Node | undefined {
  let here: Node | undefined = node;
  for (const key of keys) here = isBranch(here) ? here[key] : undefined;
  return here;
}

/** Every `$ref` below `node` is copied over, and what that refers to as well. */
function collect(node: Node, whole: Branch, components: Branch): void {
  if (Array.isArray(node)) for (const item of node) collect(item, whole, components);
  if (!isBranch(node)) return;
  const reference = node.$ref;
  const [kind = '', name = ''] = typeof reference === 'string' ? reference.split('/').slice(2) : [];
  const shelf = components[kind] ?? {};
  if (name !== '' && isBranch(shelf) && !(name in shelf)) {
    const meant = rewrite(at(whole, ['components', kind, name]) ?? {});
    components[kind] = { ...shelf, [name]: meant };
    collect(meant, whole, components);
  }
  for (const value of Object.values(node)) collect(value, whole, components);
}

/** OpenAPI 3.0 says `nullable: true` where JSON Schema says a type of null; words and examples are left out. */
function rewrite(node: Node): Node {
  if (Array.isArray(node)) return node.map(rewrite);
  if (!isBranch(node)) return node;
  const { nullable, ...rest } = node;
  const kept = Object.entries(rest).filter(
    ([key, value]) =>
      !(['example', 'examples', 'x-github', 'externalDocs'].includes(key) || (['description', 'title'].includes(key) && typeof value === 'string')),
  );
  const clean: Branch = Object.fromEntries(kept.map(([key, value]) => [key, rewrite(value)]));
  if (nullable !== true) return clean;
  if (typeof clean.type !== 'string') return { anyOf: [clean, { type: 'null' }] };
  const enumerated: Branch = Array.isArray(clean.enum) && !clean.enum.includes(null) ? { enum: [...clean.enum, null] } : {};
  return { ...clean, ...enumerated, type: [clean.type, 'null'] };
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node scripts/reduce-github-openapi.ts FOLDER_OF_@octokit/openapi');
reduce(folder);
