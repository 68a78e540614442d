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
