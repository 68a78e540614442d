/** Reads the release tag out of a version endpoint's answer. `field` is a dot path into JSON; undefined: the whole body. */
export function readVersion(body: string, field: string | undefined): string | undefined {
  const found = field === undefined ? body.trim() : lookUp(parse(body), field);
  return typeof found === 'string' && found !== '' && found.length <= 128 ? found : undefined;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function lookUp(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((at, key) => (typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined), value); // an object with its own key
}

/** As short as Git itself cuts a commit by default. */
const COMMIT = /^[0-9a-f]{7,40}$/i;

/** A service may answer with the tag, the tag without its `v`, or the commit, whole or cut. Nothing else is the same release. */
export function isRelease(answer: string, { tag, sha }: { readonly tag: string; readonly sha: string }): boolean {
  return answer === tag || `v${answer}` === tag || (COMMIT.test(answer) && sha.toLowerCase().startsWith(answer.toLowerCase()));
}

/** What the replicas said, put together. */
export type Identity =
  /** Every one that was asked answered, and all with the release that should run. */
  | { readonly kind: 'proven'; readonly tag: string; readonly asked: number }
  /** At least one runs something else: `tag` is the answer most of those gave. */
  | { readonly kind: 'other'; readonly tag: string; readonly count: number; readonly asked: number }
  /** Nobody contradicts, and some did not answer. */
  | { readonly kind: 'silent'; readonly count: number; readonly asked: number }
  /** Nothing to ask, or nothing that should run. */
  | { readonly kind: 'unknown' };

/** `answers`: undefined where nothing usable came back. `target` undefined: whatever all of them agree on. */
export function identityOf(answers: readonly (string | undefined)[], target: { readonly tag: string; readonly sha: string } | undefined): Identity {
  const asked = answers.length;
  const said = answers.filter((answer) => answer !== undefined);
  const [first] = said;
  const wanted = target ?? (first === undefined ? undefined : { tag: first, sha: '' });
  if (asked === 0) return { kind: 'unknown' };
  if (!wanted) return { kind: 'silent', count: asked, asked };
  const others = said.filter((answer) => !isRelease(answer, wanted));
  if (others.length > 0) return target ? { kind: 'other', tag: mostCommon(others), count: others.length, asked } : { kind: 'unknown' };
  return said.length < asked ? { kind: 'silent', count: asked - said.length, asked } : { kind: 'proven', tag: wanted.tag, asked };
}

function mostCommon(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), ['', 0] as [string, number])[0];
}
