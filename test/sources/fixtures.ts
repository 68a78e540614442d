/** The payloads in test/fixtures/sources, as they are stored. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../fixtures/sources/', import.meta.url);

export const fixture = (source: string, name: string): string => readFileSync(new URL(`${source}/${name}.json`, ROOT), 'utf8');

/** By name, without those that must be refused. */
export function goodFixtures(source: string): readonly (readonly [name: string, body: string])[] {
  const folder = new URL(`${source}/`, ROOT);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.json') && !name.startsWith('malformed'));
  return names.sort().map((name) => [name.slice(0, -'.json'.length), readFileSync(new URL(name, folder), 'utf8')]);
}

/** The same body with some members changed; a path is `data.attributes.status`, and undefined takes the member away. */
export function changed(body: string, changes: Readonly<Record<string, unknown>>): string {
  const whole: unknown = JSON.parse(body);
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const parent = keys
      .slice(0, -1)
      .reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined), whole);
    if (typeof parent !== 'object' || parent === null) throw new Error(`no ${path} in the fixture`);
    Reflect.set(parent, keys.at(-1) ?? '', value);
  }
  return JSON.stringify(whole);
}
