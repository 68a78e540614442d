/** Does what a release was deployed from still exist? What cannot be found out is said as such; nothing here throws for an outage. */
import type { ArtifactFact } from '../core/rollback-facts.ts';
import type { ArtifactAsk } from '../core/service.ts';
import { Failure } from '../lib/failure.ts';
import { fillIn } from './fill-in.ts';
import { type GuardedFetch, guardedFetch } from './guarded-fetch.ts';
import { readImage } from './image.ts';

/** For the answer of one registry or of GitHub, token and all. */
const TIMEOUT_MS = 5_000;

export interface PackageWanted {
  readonly type: string;
  readonly name: string;
  readonly version: string;
}
export interface PackageReader {
  /** Versions of one package of the repository's owner, of a container its tags, at least until the wanted one. Throws Failure. */
  versions(wanted: PackageWanted, signal: AbortSignal): Promise<{ readonly versions: readonly string[]; readonly isComplete: boolean }>;
}

export interface ArtifactParts {
  /** The tag to go back to, and the prefix of the service's tags. */
  readonly tag: string;
  readonly prefix: string;
  /** Names of the files attached to the release; undefined: they could not be read. */
  readonly assets: readonly string[] | undefined;
  readonly github?: PackageReader | undefined;
  /** Default: one that goes to configured addresses only and never to those that hand out credentials. */
  readonly fetch?: GuardedFetch;
  readonly signal: AbortSignal;
}

type Found = Pick<ArtifactFact, 'state' | 'because'>;

/** One fact per ask, in the same order. */
export function readArtifacts(asks: readonly ArtifactAsk[], parts: ArtifactParts): Promise<readonly ArtifactFact[]> {
  return Promise.all(
    asks.map(async (template) => {
      const ask = fillIn(template, parts);
      const deadline = AbortSignal.any([parts.signal, AbortSignal.timeout(TIMEOUT_MS)]);
      return { name: nameOf(ask), ...(await readOne(ask, { ...parts, signal: deadline }).catch((error: unknown) => unknown(reasonOf(error, deadline)))) };
    }),
  );
}

async function readOne(ask: ArtifactAsk, parts: ArtifactParts): Promise<Found> {
  switch (ask.kind) {
    case 'asset':
      return readAsset(ask.name, parts);
    case 'package':
      return readPackage(ask, parts);
    case 'image':
      return readImage(ask.image, { fetch: parts.fetch ?? guardedFetch, signal: parts.signal });
  }
}

const MOST_NAMES = 5;

function readAsset(name: string, { assets, tag }: ArtifactParts): Found {
  if (assets === undefined) return unknown(`the files of the release ${tag} could not be read`);
  if (assets.includes(name)) return { state: 'there', because: `it is attached to the release ${tag}` };
  if (assets.length === 0) return { state: 'missing', because: `no file is attached to the release ${tag}` };
  const rest = assets.length > MOST_NAMES ? ` and ${assets.length - MOST_NAMES} more` : '';
  return { state: 'missing', because: `attached to the release ${tag} are ${assets.slice(0, MOST_NAMES).join(', ')}${rest}` };
}

async function readPackage(ask: Extract<ArtifactAsk, { kind: 'package' }>, { github, signal }: ArtifactParts): Promise<Found> {
  if (!github) return unknown('packages at GitHub cannot be read here');
  const { versions, isComplete } = await github.versions(ask, signal);
  if (versions.includes(ask.version)) return { state: 'there', because: 'GitHub lists it' };
  if (!isComplete) return unknown(`it is not among the ${versions.length} versions that were read, and there are more`);
  return { state: 'missing', because: `GitHub lists ${versions.length === 1 ? '1 version' : `${versions.length} versions`} of ${ask.name}, and not this one` };
}

function nameOf(ask: ArtifactAsk): string {
  switch (ask.kind) {
    case 'asset':
      return `release file ${ask.name}`;
    case 'package':
      return `package ${ask.type} ${ask.name} ${ask.version}`;
    case 'image':
      return `image ${ask.image}`;
  }
}

const unknown = (because: string): Found => ({ state: 'unknown', because });

/** Only what we wrote ourselves is said. */
function reasonOf(error: unknown, deadline: AbortSignal): string {
  if (error instanceof Failure) return error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
  return deadline.aborted ? `no answer within ${TIMEOUT_MS} ms` : 'asking for it broke down';
}
