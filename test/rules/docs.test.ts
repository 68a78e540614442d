import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CODES } from '../../src/lib/failure.ts';
import { SETTING_NAMES } from '../../src/settings.ts';
import { codeOf, filesUnder, ROOT, read } from './tree.ts';

const pages = ['README.md', ...filesUnder('docs', '.md'), ...filesUnder('assets', '.md')];
const fences = (path: string, language: string): readonly string[] =>
  [...read(path).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, body = '']) => body);

describe('docs/errors.md', () => {
  const sections = read('docs/errors.md').split(/^### /m).slice(1);
  const names = sections.map((section) => section.split('\n', 1)[0] ?? '');

  test('explains every code of the list, each once, and no other', () => {
    expect([...names].sort()).toEqual(Object.keys(CODES).sort());
  });

  test.each(sections.map((section) => [section.split('\n', 1)[0] ?? '', section] as const))('%s: what it means, and what to do', (_, section) => {
    const [what = '', todo = ''] = section.split(/^\*\*Do:\*\* /m);
    expect(what.split('\n').slice(1).join(' ').trim().length).toBeGreaterThan(25);
    expect(todo.trim().length).toBeGreaterThan(8);
  });

  test('every code is given by some part of the program', () => {
    const all = filesUnder('src', '.ts').filter((path) => path !== 'src/lib/failure.ts' && !path.startsWith('src/sandbox/'));
    const text = all.map(read).join('\n');
    expect(Object.keys(CODES).filter((code) => !new RegExp(`\\b${code}\\b`).test(text))).toEqual([]);
  });

  test('the HTTP codes name the status that is really answered', () => {
    const http = read('docs/errors.md').split(/^## /m)[1] ?? '';
    for (const [, code = '', status = ''] of http.matchAll(/^### (E_\w+)\n\n(\d{3})/gm))
      expect({ code, status: Number(status) }).toEqual({ code, status: CODES[code as keyof typeof CODES] }); // the test above says that it is a code
    expect([...http.matchAll(/^### /gm)].length).toBe([...http.matchAll(/^### E_\w+\n\n\d{3}/gm)].length);
  });
});

describe('links', () => {
  const anchors = (path: string): readonly string[] =>
    [...read(path).matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );

  test.each(pages)('%s points at files and headings that are there', (page) => {
    const text = read(page).replace(/^```[\s\S]*?^```$/gm, '');
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm)].map(([, inline, reference]) => inline ?? reference ?? '');
    const broken = targets.filter((target) => {
      if (/^https?:/.test(target)) return false;
      const [file = '', anchor] = target.split('#');
      const path = file === '' ? page : posix.join(posix.dirname(page), file);
      if (!existsSync(posix.join(ROOT, path))) return true;
      return anchor !== undefined && !anchors(path).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('every page of docs/ can be reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const page of reached)
      for (const [, target = ''] of read(page).matchAll(/\]\(([^)\s#]+\.md)(?:#[^)]*)?\)/g))
        if (!/^https?:/.test(target)) reached.add(posix.join(posix.dirname(page), target));
    expect(filesUnder('docs', '.md').filter((page) => !reached.has(page) && !page.startsWith('docs/decisions/'))).toEqual([]);
    expect(reached.has('docs/decisions/0001-pure-core-and-events.md')).toBe(true);
  });
});

describe('commands in the docs', () => {
  const said = pages.flatMap((page) =>
    [...read(page).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code).concat(...['sh', 'console', ''].flatMap((language) => fences(page, language))),
  );
  const text = said.join('\n');
  const { scripts, bin } = JSON.parse(read('package.json')) as { scripts: Record<string, string>; bin: Record<string, string> };

  test('npm scripts exist', () => {
    const run = [...text.matchAll(/\bnpm run ([a-z:]+)/g)].map(([, name = '']) => name);
    const short = [...text.matchAll(/\bnpm (start|test)\b/g)].map(([, name = '']) => name);
    expect(run.length).toBeGreaterThan(1);
    expect([...new Set([...run, ...short])].filter((name) => !(name in scripts))).toEqual([]);
    expect(scripts.test).toBeDefined(); // npm cit
  });

  test('tagback commands exist', () => {
    expect(bin.tagback).toBeDefined();
    const cli = read('src/cli.ts');
    const known = new Set([...cli.matchAll(/\.command\('([a-z-]+)'\)/g)].map(([, name]) => name));
    const used = [...text.matchAll(/(?:npx tagback|^tagback) ([a-z-]+)(?: (validate|graph))?/gm)].flatMap(([, first, second]) => [
      first,
      ...(second ? [second] : []),
    ]);
    expect(used.length).toBeGreaterThan(3);
    expect([...new Set(used)].filter((name) => !known.has(name))).toEqual([]);
  });

  test('settings that are named exist', () => {
    const names = [
      ...read('README.md').matchAll(/\b([A-Z][A-Z]+(?:_[A-Z]+)+)\b/g),
      ...read('docs/operations.md').matchAll(/`([A-Z]+_[A-Z_]+)(?:=[^`]*)?`/g),
    ].map(([, name = '']) => name);
    const known: ReadonlySet<string> = new Set([...SETTING_NAMES, ...Object.keys(CODES), 'NODE_ENV']);
    expect(names.length).toBeGreaterThan(5);
    expect([...new Set(names)].filter((name) => !known.has(name))).toEqual([]);
  });
});

test('the link that makes the Slack app holds app-manifest.yml', () => {
  const [, encoded = ''] = /https:\/\/api\.slack\.com\/apps\?new_app=1&manifest_yaml=([^\s)]+)/.exec(read('README.md')) ?? [];
  const wanted = read('app-manifest.yml').replace(/^#.*\n/gm, '');
  const link = `https://api.slack.com/apps?new_app=1&manifest_yaml=${encodeURIComponent(wanted).replace(/[()']/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)}`;
  expect(parse(decodeURIComponent(encoded)), `write this link into the README:\n${link}`).toEqual(parse(read('app-manifest.yml')));
  expect(link.length).toBeLessThan(8_000); // what servers commonly take as an address
});

test('docs/operations.md lists the metrics there are', () => {
  const made = [...read('src/http/metrics.ts').matchAll(/'(tagback_[a-z_]+[a-z])'/g)].map(([, name = '']) => name);
  const listed = [...read('docs/operations.md').matchAll(/^\| `(tagback_[a-z_]+[a-z])(?:\{[^}]*\})?` \|/gm)].map(([, name = '']) => name);
  expect([...listed].sort()).toEqual([...made].sort());
});

test('docs/operations.md names the exit codes and signals of main.ts', () => {
  const page = read('docs/operations.md');
  for (const [, code = ''] of codeOf('src/main.ts').matchAll(/^const [A-Z]+ = (\d+);/gm)) if (Number(code) > 10) expect(page).toContain(`| ${code} |`);
  for (const [, signal = ''] of read('src/main.ts').matchAll(/process\.on\('(SIG[A-Z]+)'/g)) expect(page).toContain(`\`${signal}\``);
});

test('the README has one picture, and says in words what it shows', () => {
  const pictures = [...read('README.md').matchAll(/!\[[^\]]{20,}\]\(([^)]+)\)/g)].map(([, path = '']) => path);
  expect(pictures).toEqual(['docs/images/incident.png']);
});
