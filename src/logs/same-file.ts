/** Is the file a stack trace names one of the repository? Paths in traces are absolute, inside containers, or compiled; the end of them is what agrees. Pure. */
import type { Frame } from './frames.ts';

/**
 * `sure`: all of the shorter path agrees, folder and name. `likely`: folder and name agree and what is in front does not, or a compiled file stands for
 * its source. `guess`: the name alone.
 */
export type Sureness = 'sure' | 'likely' | 'guess';
export interface Same {
  readonly path: string;
  readonly sureness: Sureness;
  /** False: the trace counts the lines of a compiled file. */
  readonly linesHold: boolean;
}

// Every folder has one of these; the name alone says nothing.
const EVERYWHERE = /^(?:index|main|app|mod|lib|init|__init__|__main__|utils?|helpers?|types?|models?|views?|routes?|server|config|constants)\.\w+$/i;

/** The one path that agrees best; undefined: none does, or several do equally well. */
export function sameFile(frame: Frame, paths: readonly string[]): Same | undefined {
  const names = namesOf(frame);
  const found = paths.flatMap((path) => names.flatMap(({ file, isSource }) => agree(file, path, isSource) ?? []));
  const best = found.sort((a, b) => b.points - a.points)[0];
  if (!best) return undefined;
  const rivals = new Set(found.filter(({ points }) => points === best.points).map(({ path }) => path));
  return rivals.size === 1 ? { path: best.path, sureness: best.sureness, linesHold: best.linesHold } : undefined;
}

/** Of a path of the same folder depth, whether it can be the file of the trace. */
interface Agreement extends Same {
  readonly points: number;
}

function agree(file: string, path: string, isSource: boolean): Agreement | undefined {
  const [named, known] = [file.split('/'), path.split('/')];
  let common = 0;
  while (common < Math.min(named.length, known.length) && named.at(-1 - common) === known.at(-1 - common)) common++;
  if (common === 0 || (common === 1 && known.length > 1 && EVERYWHERE.test(known.at(-1) ?? ''))) return undefined;
  const isWhole = common === Math.min(named.length, known.length);
  const sureness: Sureness = common === 1 && !(isWhole && known.length === 1) ? 'guess' : isWhole && isSource ? 'sure' : 'likely';
  // A file of the repository's top folder: the name is its whole path, and any folder may have one of the same name.
  const modest = common === 1 && named.length > 2 && sureness === 'sure' ? 'guess' : sureness;
  return { path, sureness: modest, linesHold: isSource, points: common * 4 + (isWhole ? 2 : 0) + (isSource ? 1 : 0) };
}

/** The names under which the file of a frame may stand in the repository. */
function namesOf({ file, function: name }: Frame): readonly { file: string; isSource: boolean }[] {
  const plain = file
    .replace(/^(?:file|https?|webpack|webpack-internal):\/\/\/?/, '')
    .replace(/[?#].*$/, '')
    .replaceAll('\\', '/')
    .replace(/^[A-Za-z]:\//, '')
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
  if (plain === '') return [];
  // Java names the file without its folder; the package, which the function begins with, is the folder.
  const packaged = /^[\w$-]+\.(?:java|kt|scala|groovy)$/.test(plain) ? `${packageOf(name)}${plain}` : plain;
  const compiled = /^(.*?)(?:^|\/)(?:dist|build|out|lib|\.next\/server)\/(.+)\.[cm]?js$/.exec(plain);
  const sources = compiled ? ['ts', 'tsx', 'mts', 'js', 'jsx'].flatMap((ending) => [`src/${compiled[2]}.${ending}`, `${compiled[2]}.${ending}`]) : [];
  return [{ file: packaged, isSource: true }, ...sources.map((source) => ({ file: source, isSource: false }))];
}

/** `com.acme.shop.CartService.total` → `com/acme/shop/`. */
function packageOf(name: string): string {
  const parts = name.split('.');
  const type = parts.findIndex((part) => /^[A-Z]/.test(part));
  return type <= 0 ? '' : `${parts.slice(0, type).join('/')}/`;
}
