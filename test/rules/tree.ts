/** The repository as the rules tests read it: files, imports, fenced blocks of the docs. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Made by tools or by running the program, never written by hand. */
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', '.git', 'out', 'dist', 'data', 'coverage', '.vite', '.vitest']);

/** Paths with `/`, sorted; `ending` picks by the end of the name. */
export function filesUnder(folder: string, ending = ''): readonly string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    for (const name of readdirSync(path)) {
      if (SKIPPED.has(name)) continue;
      const inner = join(path, name);
      if (statSync(inner).isDirectory()) visit(inner);
      else if (name.endsWith(ending)) found.push(relative(ROOT, inner).split(sep).join('/'));
    }
  };
  visit(join(ROOT, folder));
  return found.sort();
}

export interface Import {
  readonly from: string;
  /** A path from the root for our own files, else the package as written. */
  readonly to: string;
  /** Gone when the program runs. */
  readonly isType: boolean;
}

const STATEMENT = /^(?:import|export)\s+(type\s+)?([^;'"]*?)\s*from\s+'([^']+)'/gm;
const OTHER = /^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;

export function importsOf(path: string): readonly Import[] {
  const text = read(path);
  const target = (name: string): string => (name.startsWith('.') ? posix.join(posix.dirname(path), name) : name);
  const named = [...text.matchAll(STATEMENT)].map(([, type, names = '', name = '']) => ({
    from: path,
    to: target(name),
    isType: type !== undefined || onlyTypes(names),
  }));
  const bare = [...text.matchAll(OTHER)].map(([, static_, dynamic]) => ({ from: path, to: target(static_ ?? dynamic ?? ''), isType: false }));
  return [...named, ...bare];
}

function onlyTypes(names: string): boolean {
  const inside = /^\{(.*)\}$/s.exec(names.trim())?.[1];
  const each = inside?.split(',').map((name) => name.trim());
  return each?.every((name) => name === '' || name.startsWith('type ')) ?? false;
}

/** The lines of the fenced block that begins with ```text <label>. */
export function fenced(path: string, label: string): readonly string[] {
  const block = new RegExp(`^\`\`\`text ${label}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(read(path))?.[1];
  if (block === undefined) throw new Error(`${path} has no block \`\`\`text ${label}`);
  return block.split('\n').filter((line) => line.trim() !== '');
}

/** Without comments and strings, for rules about words of code. Good enough for our own formatted files. */
export function codeOf(path: string): string {
  return read(path)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|[\s;,({])\/\/.*$/gm, '$1')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''");
}
