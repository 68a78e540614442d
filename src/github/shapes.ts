/** What we read of GitHub's answers, and nothing more; other fields are dropped. Checked at the edge, so that inside all is plain. */
import * as z from 'zod';

/** ISO 8601 to milliseconds since 1970. */
const time = z.string().transform((text, context) => {
  const at = Date.parse(text);
  if (Number.isNaN(at)) context.addIssue({ code: 'custom', message: 'not a time' });
  return at;
});
const id = z.number().int().positive();
const sha = z.string().regex(/^[0-9a-f]{40}$/);

export const ReleaseShape = z
  .object({
    id,
    tag_name: z.string(),
    draft: z.boolean(),
    prerelease: z.boolean(),
    // Absent on Enterprise servers that know no immutable releases.
    immutable: z.boolean().default(false),
    published_at: time.nullish(),
    html_url: z.string(),
    assets: z.array(z.object({ name: z.string() })).default([]),
  })
  .transform((it) => ({
    id: it.id,
    tag: it.tag_name,
    draft: it.draft,
    prerelease: it.prerelease,
    immutable: it.immutable,
    publishedAt: it.published_at ?? undefined,
    url: it.html_url,
    assets: it.assets.map(({ name }) => name),
  }));
export const ReleasesShape = z.array(ReleaseShape);

/** An object, or text that may be the JSON of one; whatever else people sent is not ours. */
const payload = z
  .unknown()
  .optional()
  .transform((it): Readonly<Record<string, unknown>> => {
    try {
      const read: unknown = typeof it === 'string' ? JSON.parse(it) : it;
      return z.record(z.string(), z.unknown()).catch({}).parse(read);
    } catch {
      return {};
    }
  });
export const DeploymentShape = z.object({ id, ref: z.string(), sha: z.string(), created_at: time, payload });
export const DeploymentsShape = z.array(DeploymentShape);
/** 202 with words only: GitHub merged instead of deploying. */
export const DeployedShape = z.union([DeploymentShape, z.object({ message: z.string() })]);
export const StatusesShape = z.array(z.object({ state: z.string(), created_at: time, description: z.string().nullish() }));

const count = z.number().int().nonnegative();
/** A rule of another kind (an App's own) is one we know nothing of. */
export const EnvironmentShape = z.object({
  protection_rules: z.array(z.object({ type: z.string(), wait_timer: count.optional() })).default([]),
  deployment_branch_policy: z.unknown().optional(),
});

/** A tag points at a commit, or at a tag object that points on. */
export const RefShape = z.object({ object: z.object({ type: z.string(), sha }) });
export const CommitShape = z.object({ sha, tree: z.object({ sha }), parents: z.array(z.object({ sha })) });

export const PullShape = z.object({
  number: id,
  html_url: z.string(),
  state: z.string(),
  merged_at: time.nullish(),
  merge_commit_sha: z.string().nullish(),
  base: z.object({ ref: z.string() }),
});
export const PullsShape = z.array(PullShape);

const Author = z.object({ login: z.string() }).nullish().catch(undefined);
const Authored = z.object({
  author: Author,
  commit: z.object({ message: z.string().default(''), author: z.object({ name: z.string().optional() }).nullish() }),
});
export const CommitsShape = z.array(Authored.extend({ sha, html_url: z.string() }));
export const CompareShape = z.object({
  status: z.enum(['ahead', 'behind', 'diverged', 'identical']),
  total_commits: z.number().int(),
  html_url: z.string(),
  commits: z.array(Authored),
  files: z
    .array(
      z.object({
        filename: z.string(),
        previous_filename: z.string().optional(),
        status: z.string(),
        patch: z.string().optional(),
        blob_url: z.string().nullish(),
      }),
    )
    .default([]),
});

export const WorkflowShape = z.object({ id, path: z.string(), state: z.string() });
export const FileShape = z.object({ type: z.literal('file'), encoding: z.string(), content: z.string() });

export const RunShape = z
  .object({
    id,
    status: z.string().nullable(),
    conclusion: z.string().nullish(),
    html_url: z.string(),
    display_title: z.string().default(''),
    created_at: time,
    run_attempt: z.number().int().positive().default(1),
    event: z.string().default(''),
    head_branch: z.string().nullish(),
    head_sha: z.string().default(''),
    run_started_at: time.nullish(),
    updated_at: time.nullish(),
  })
  .transform((it) => ({
    id: it.id,
    status: it.status ?? 'unknown',
    conclusion: it.conclusion ?? undefined,
    url: it.html_url,
    title: it.display_title,
    createdAt: it.created_at,
    attempt: it.run_attempt,
    event: it.event,
    branch: it.head_branch ?? undefined,
    sha: it.head_sha,
    startedAt: it.run_started_at ?? undefined,
    updatedAt: it.updated_at ?? undefined,
  }));
export type ReadRun = z.output<typeof RunShape>;
export const RunsShape = z.object({ workflow_runs: z.array(RunShape) });

const tags = z.array(z.string()).default([]);
/** Of an image the tags, of everything else the version. GitHub's description calls the tags of the old registry `tag` and requires `tags`. */
export const PackageVersionShape = z
  .object({
    id,
    name: z.string(),
    metadata: z.object({ package_type: z.string(), container: z.object({ tags }).optional(), docker: z.object({ tag: tags, tags }).optional() }).optional(),
  })
  .transform(({ id: versionId, name, metadata }) => {
    const { container, docker } = metadata ?? {};
    return { id: versionId, names: container?.tags ?? (docker && [...docker.tag, ...docker.tags]) ?? [name] };
  });
export const PackageVersionsShape = z.array(PackageVersionShape);

const Timed = z.object({ name: z.string(), status: z.string(), conclusion: z.string().nullish() });
export const JobsShape = z.object({ jobs: z.array(Timed.extend({ id, steps: z.array(Timed).default([]) })) });

/** What a dispatch answers when it is asked for details; `undefined` for the 204 of those who do not know the question. */
export const DispatchedShape = z.object({ workflow_run_id: id, html_url: z.string() }).optional();
/** 204. Anything more comes from somebody else, such as a proxy with a page of its own. */
export const DoneShape = z.undefined();
/** 201 with an empty object, or with nothing at all. */
export const RerunShape = z.union([z.object({}), z.literal(''), z.undefined()]);
