import { describe, expect, test } from 'vitest';
import { LOG_BACKENDS } from '../../src/logs/index.ts';
import { MIGRATION_READERS } from '../../src/migrations/index.ts';
import { STRATEGIES } from '../../src/rollbacks/index.ts';
import { SOURCES } from '../../src/sources/index.ts';
import { STEPS } from '../../src/steps/index.ts';
import { filesUnder, importsOf, read } from './tree.ts';

interface Room {
  readonly room: string;
  readonly define: string;
  readonly plugs: readonly { readonly name: string; readonly about: string }[];
  readonly doc: string;
}
const named = <T extends { readonly use: string; readonly about: string }>(plugs: readonly T[]) => plugs.map(({ use, about }) => ({ name: use, about }));

const ROOMS: readonly Room[] = [
  { room: 'sources', define: 'defineSource', plugs: SOURCES, doc: 'docs/sources.md' },
  { room: 'steps', define: 'defineStep', plugs: named(STEPS), doc: 'docs/playbooks.md' },
  { room: 'rollbacks', define: 'defineStrategy', plugs: named(STRATEGIES), doc: 'docs/strategies.md' },
  { room: 'logs', define: 'defineLogBackend', plugs: named(LOG_BACKENDS), doc: 'docs/logs.md' },
  { room: 'migrations', define: 'defineMigrationReader', plugs: named(MIGRATION_READERS), doc: 'docs/playbooks.md' },
];

describe.each(ROOMS)('$room', ({ room, define, plugs, doc }) => {
  const defining = filesUnder(`src/${room}`, '.ts').filter((path) =>
    new RegExp(`^export const \\w+ = (?:\\(.*\\): \\w+ =>\\s+)?${define}\\(`, 'm').test(read(path)),
  );

  test('every file that defines a plug is in the list, and the list holds nothing else', () => {
    const listed = importsOf(`src/${room}/index.ts`).filter(({ isType }) => !isType);
    expect(listed.map(({ to }) => to).sort()).toEqual(defining);
    expect(plugs).toHaveLength(defining.length);
  });

  test('each plug is alone in its file, and the file is named like it', () => {
    for (const path of defining) expect(read(path).match(new RegExp(`=>?\\s+${define}\\(`, 'g'))).toHaveLength(1);
    expect(plugs.map(({ name }) => `src/${room}/${name}.ts`).sort()).toEqual(defining);
  });

  test('each plug has a name of its own and one sentence about it', () => {
    expect(new Set(plugs.map(({ name }) => name)).size).toBe(plugs.length);
    for (const { name, about } of plugs) {
      expect(name).toMatch(/^[a-z][a-z0-9-]{1,39}$/);
      expect(about, name).toMatch(/^[A-Z][^\n]{10,200}$/);
    }
  });

  test.each(plugs.map(({ name }) => name))('%s is tested', (name) => {
    const word = new RegExp(`['"/\`]${name}(?:\\.ts)?['"\`]|use: ${name}\\b`);
    const tests = filesUnder('test', '.test.ts').filter((path) => !path.startsWith('test/rules/') && word.test(read(path)));
    expect(tests).not.toEqual([]);
  });

  test.each(plugs.map(({ name }) => name))(`%s has a paragraph in ${doc}`, (name) => {
    const section = sectionOf(read(doc), name);
    expect(section?.length ?? 0, `a heading with ${name} in ${doc}`).toBeGreaterThan(60);
  });
});

test.each(STEPS.map((kind) => [kind.use, kind] as const))('the paragraph about the step %s names its params, outcomes and facts', (use, kind) => {
  const section = sectionOf(read('docs/playbooks.md'), use) ?? '';
  const words = [...Object.keys(kind.params.shape), ...kind.outcomes, ...Object.keys(kind.facts)];
  expect(words.filter((word) => !section.includes(`\`${word}\``))).toEqual([]);
});

/** The text under the heading whose only word, in code or not, is this name (case does not matter). */
function sectionOf(text: string, name: string): string | undefined {
  const sections = text.split(/^#{2,4} /m).slice(1);
  const found = sections.find((section) => section.split('\n', 1)[0]?.replaceAll('`', '').trim().toLowerCase() === name.toLowerCase());
  return found?.split('\n').slice(1).join('\n').trim();
}
