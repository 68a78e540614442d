/** Branches and tags: which commit they point at now. */
import { Failure } from '../lib/failure.ts';
import type { Desk } from './desk.ts';
import { RefShape } from './shapes.ts';

// A tag object may point at another tag object; nobody does that on purpose more than once.
const TAG_OBJECTS_MAX = 5;

/** `heads/main`, `tags/v1.2.3`. Follows tag objects (git tag -a) to the commit. undefined: there is no such ref. */
export async function findRefCommit({ github, ...rest }: Desk, ref: string): Promise<string | undefined> {
  const to = `read which commit ${ref.replace(/^(heads|tags)\//, '')} of ${rest.repo} points at`;
  const found = await github.find({ ...rest, route: 'GET /repos/{owner}/{repo}/git/ref/{ref}', params: { ref }, to, schema: RefShape });
  if (found === undefined) return undefined;
  let { object } = found;
  for (let depth = 0; object.type === 'tag' && depth < TAG_OBJECTS_MAX; depth += 1) {
    ({ object } = await github.read({ ...rest, route: 'GET /repos/{owner}/{repo}/git/tags/{tag_sha}', params: { tag_sha: object.sha }, to, schema: RefShape }));
  }
  if (object.type === 'commit') return object.sha;
  throw new Failure('E_GITHUB_REFUSED', `could not ${to}: it points at a ${object.type}, not at a commit`, { permanent: true });
}

/** As `findRefCommit` for a tag that must be there. */
export async function readTagSha(desk: Desk, tag: string): Promise<string> {
  const sha = await findRefCommit(desk, `tags/${tag}`);
  if (sha !== undefined) return sha;
  throw new Failure('E_GITHUB_REFUSED', `could not read which commit ${tag} of ${desk.repo} points at: there is no such tag`, {
    hint: `check the name, and that the credential may see ${desk.repo}: GitHub says 404 for what it hides`,
    permanent: true,
  });
}
