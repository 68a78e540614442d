/** Which versions of a package there are. GitHub has the packages of an organisation and those of a person at different addresses. */
import { Failure } from '../lib/failure.ts';
import type { Desk } from './desk.ts';
import { PackageVersionsShape } from './shapes.ts';

const PER_PAGE = 100;
/** A thousand versions, newest first; what is older than that is hardly gone back to, and the budget is shared with everybody else. */
const MOST_PAGES = 10;
const ROUTES = {
  organisation: 'GET /orgs/{org}/packages/{package_type}/{package_name}/versions',
  person: 'GET /users/{username}/packages/{package_type}/{package_name}/versions',
} as const;
// GitHub's own list of what Apps and fine-grained tokens may ask has no packages in it (its OpenAPI description, read 2026-11).
const REMEDY = 'check type and name in services.yml → rollback.artifacts; GitHub shows packages to a classic token with the scope read:packages';

export interface PackageWanted {
  readonly type: string;
  /** Of an npm package with or without its scope. */
  readonly name: string;
  /** Reading ends at the page that has it. */
  readonly version: string;
}
export interface PackageVersions {
  /** Versions; of a container its tags. */
  readonly versions: readonly string[];
  /** false: there may be more. */
  readonly isComplete: boolean;
}

/** Throws Failure, also for a 404: GitHub says it as well for what the credential may not see. */
export async function listPackageVersions(desk: Desk, wanted: PackageWanted): Promise<PackageVersions> {
  const versions: string[] = [];
  const seen = new Set<number>();
  let owner: keyof typeof ROUTES = 'organisation';
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const got = await readPage(desk, { ...wanted, owner, page });
    owner = got.owner;
    // Only an empty page is surely behind the last one: GitHub leaves out of a full page what may not be seen.
    if (got.entries.length === 0) return { versions, isComplete: true };
    const fresh = got.entries.filter(({ id }) => !seen.has(id));
    for (const { id, names } of fresh) {
      seen.add(id);
      versions.push(...names);
    }
    // The same page again is what a server answers that does not turn pages.
    if (fresh.length === 0 || versions.includes(wanted.version)) break;
  }
  return { versions, isComplete: false };
}

interface PageAsk extends PackageWanted {
  readonly owner: keyof typeof ROUTES;
  readonly page: number;
}
type Entries = readonly { readonly id: number; readonly names: readonly string[] }[];

/** Who the owner is turns out on the first page. */
async function readPage(desk: Desk, ask: PageAsk): Promise<{ readonly owner: PageAsk['owner']; readonly entries: Entries }> {
  const entries = await findPage(desk, ask);
  if (entries) return { owner: ask.owner, entries };
  const isFirst = ask.owner === 'organisation' && ask.page === 1;
  const others = isFirst ? await findPage(desk, { ...ask, owner: 'person' }) : undefined;
  if (others) return { owner: 'person', entries: others };
  throw new Failure('E_GITHUB_REFUSED', `GitHub shows no ${ask.type} package ${ask.name} of ${ownerOf(desk)} (404)`, { hint: REMEDY, permanent: true });
}

async function findPage({ github, ...rest }: Desk, { type, name, owner, page }: PageAsk): Promise<Entries | undefined> {
  const login = ownerOf(rest);
  try {
    return await github.find({
      ...rest,
      route: ROUTES[owner],
      params: {
        ...(owner === 'person' ? { username: login } : { org: login }),
        package_type: type,
        package_name: bare(type, name, login),
        per_page: PER_PAGE,
        page,
      },
      to: `read the versions of the ${type} package ${name} of ${login}`,
      schema: PackageVersionsShape,
    });
  } catch (error) {
    if (error instanceof Failure && error.code === 'E_GITHUB_PERMISSION') throw new Failure(error.code, error.message, { hint: REMEDY, permanent: true });
    throw error;
  }
}

const ownerOf = ({ repo }: Pick<Desk, 'repo'>): string => repo.split('/')[0] ?? '';

/** `@acme/shop` of acme is called shop there: at GitHub the scope of an npm package is its owner. */
function bare(type: string, name: string, owner: string): string {
  const scope = `@${owner}/`;
  return type === 'npm' && name.toLowerCase().startsWith(scope.toLowerCase()) ? name.slice(scope.length) : name;
}
