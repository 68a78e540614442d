/** Release objects and what may be changed about them. A release is a label on a tag: none of this deploys anything. */
import { type Answer, invalidField, type JsonObject, refuse } from './answer.ts';
import { type Git, resolve } from './git.ts';
import type { ReleaseSeed } from './history.ts';

export interface Release {
  readonly id: number;
  readonly tag: string;
  readonly name: string;
  readonly body: string;
  readonly author: string;
  readonly draft: boolean;
  readonly prerelease: boolean;
  readonly immutable: boolean;
  readonly assets: readonly string[];
  /** Date of the commit, which is what GitHub sorts by. */
  readonly createdAt: number;
  readonly publishedAt: number | undefined;
  readonly updatedAt: number;
}
export interface Releases {
  list(): readonly Release[];
  byId(id: number): Release | undefined;
  byTag(tag: string): Release | undefined;
  latest(): Release | undefined;
  /** The changed release, or the refusal. */
  change(release: Release, body: JsonObject, now: number): Release | Answer;
}

// What PATCH takes, from the request schema in GitHub's OpenAPI description.
const KEYS: Readonly<Record<string, 'string' | 'boolean'>> = {
  tag_name: 'string',
  target_commitish: 'string',
  name: 'string',
  body: 'string',
  draft: 'boolean',
  prerelease: 'boolean',
  make_latest: 'string',
  discussion_category_name: 'string',
};
const MAKE_LATEST = ['true', 'false', 'legacy'];
const FIRST_ID = 231_500_100;

export function createReleases(seeds: readonly ReleaseSeed[], git: Git): Releases {
  const releases = new Map<number, Release>(seeds.map((seed, index) => [FIRST_ID + index, fromSeed(seed, FIRST_ID + index)]));
  const passedOver = new Set<number>(); // make_latest: 'false'
  let chosen: number | undefined; // make_latest: 'true'
  const list = () => [...releases.values()].sort((a, b) => b.createdAt - a.createdAt || b.id - a.id);
  const mayBeLatest = (one: Release) => !one.draft && !one.prerelease;
  return {
    list,
    byId: (id) => releases.get(id),
    byTag: (tag) => list().find((one) => one.tag === tag && !one.draft),
    latest() {
      const pinned = chosen === undefined ? undefined : releases.get(chosen);
      if (pinned && mayBeLatest(pinned)) return pinned;
      const candidates = list().filter(mayBeLatest);
      return candidates.find((one) => !passedOver.has(one.id)) ?? candidates[0];
    },
    change(release, body, now) {
      const wrong = wrongShape(body) ?? forbidden(release, body) ?? wrongTag(git, body);
      if (wrong) return wrong;
      const changed = applyChange(release, body, now);
      if (body.make_latest === 'true' && !mayBeLatest(changed)) {
        return invalidField('Release', 'make_latest', 'Latest release cannot be draft or prerelease');
      }
      releases.set(release.id, changed);
      if (body.make_latest === 'false') passedOver.add(release.id);
      else if (body.make_latest !== undefined) passedOver.delete(release.id);
      if (body.make_latest === 'true') chosen = release.id;
      else if (body.make_latest !== undefined && chosen === release.id) chosen = undefined;
      return changed;
    },
  };
}

function fromSeed(seed: ReleaseSeed, id: number): Release {
  return {
    id,
    tag: seed.tag,
    name: seed.tag,
    body: seed.body,
    author: seed.author,
    draft: seed.draft ?? false,
    prerelease: seed.prerelease ?? false,
    immutable: seed.immutable ?? false,
    assets: seed.assets ?? [],
    createdAt: seed.commits.at(-1)?.at ?? seed.publishedAt,
    publishedAt: seed.draft ? undefined : seed.publishedAt,
    updatedAt: seed.publishedAt,
  };
}

/** GitHub words a schema error like this; `make_latest: true` (a boolean) is the mistake everybody makes once. */
function wrongShape(body: JsonObject): Answer | undefined {
  for (const [key, value] of Object.entries(body)) {
    const type = KEYS[key];
    if (type === undefined) return refuse(422, `Invalid request.\n\n"${key}" is not a permitted key.`);
    if (typeof value !== type) return refuse(422, `Invalid request.\n\nFor 'properties/${key}', ${JSON.stringify(value)} is not a ${type}.`);
  }
  const latest = body.make_latest;
  if (latest === undefined || (typeof latest === 'string' && MAKE_LATEST.includes(latest))) return undefined;
  return refuse(
    422,
    `Invalid request.\n\nInvalid input: '${String(latest)}' is not a possible value. Must be one of the following: ${MAKE_LATEST.join(', ')}.`,
  );
}

/** An immutable release keeps its tag and its assets and stays published; name, notes and marks may change. */
function forbidden(release: Release, body: JsonObject): Answer | undefined {
  if (!release.immutable) return undefined;
  const moved = ['tag_name', 'target_commitish'].find((key) => body[key] !== undefined && body[key] !== release.tag);
  const field = moved ?? (body.draft === true ? 'draft' : undefined);
  return field === undefined ? undefined : invalidField('Release', field, `${field} cannot be changed on an immutable release`);
}

function wrongTag(git: Git, body: JsonObject): Answer | undefined {
  if (typeof body.tag_name !== 'string' || resolve(git, `tags/${body.tag_name}`)) return undefined;
  return invalidField('Release', 'tag_name', `tag_name ${body.tag_name} is not a tag of this repository`);
}

function applyChange(release: Release, body: JsonObject, now: number): Release {
  const text = (key: string, old: string) => (typeof body[key] === 'string' ? body[key] : old);
  const mark = (key: string, old: boolean) => (typeof body[key] === 'boolean' ? body[key] : old);
  const draft = mark('draft', release.draft);
  return {
    ...release,
    tag: text('tag_name', release.tag),
    name: text('name', release.name),
    body: text('body', release.body),
    draft,
    prerelease: mark('prerelease', release.prerelease),
    publishedAt: draft ? undefined : (release.publishedAt ?? now),
    updatedAt: now,
  };
}
