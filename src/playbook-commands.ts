/** `tagback playbook validate|graph`: the same loader the program uses. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { Playbook } from './core/playbook.ts';
import { drawGraph } from './playbook/graph.ts';
import { KNOWN_ERRORS_FILES, loadKnownErrors } from './playbook/known-errors.ts';
import { loadPlaybook } from './playbook/load.ts';
import { type Problem, printProblem, shown } from './playbook/problem.ts';
import { loadCatalog } from './playbook/services.ts';
import { PLUGS } from './plugs.ts';

type Write = (text: string) => void;

/** 0: all good; 1: problems were printed. */
export function validate(files: readonly string[], write: Write): number {
  let bad = 0;
  for (const file of files) {
    const problems = problemsOf(file);
    bad += problems.length;
    for (const problem of problems) write(`${printProblem(problem)}\n`);
    if (problems.length === 0) write(`${file}: good\n`);
  }
  return bad === 0 ? 0 : 1;
}

function problemsOf(file: string): readonly Problem[] {
  let text: Buffer;
  try {
    text = readFileSync(file);
  } catch (error) {
    return [
      { code: 'E_CONFIG', file, line: 1, column: 1, message: `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown cause'})`, hint: undefined },
    ]; // readFileSync throws ErrnoException
  }
  if (isServices(file)) {
    const outcome = loadCatalog(text, file, { ...PLUGS, ...playbooksBeside(file) });
    return outcome.ok ? outcome.warnings : outcome.problems;
  }
  const outcome = KNOWN_ERRORS_FILES.includes(basename(file)) ? loadKnownErrors(text, file) : loadPlaybook(text, file, PLUGS.steps);
  return outcome.ok ? [] : outcome.problems;
}

/** The SVG, or undefined after the problems were written. */
export function graph(file: string, text: Buffer, write: Write): string | undefined {
  const other = isServices(file) ? 'services.yml' : KNOWN_ERRORS_FILES.includes(basename(file)) ? 'the table of known errors' : undefined;
  if (other !== undefined) {
    write(`${file}: this is ${other}, not a playbook, so there is nothing to draw; name one of the playbooks beside it\n`);
    return undefined;
  }
  const outcome = loadPlaybook(text, file, PLUGS.steps);
  if (outcome.ok) return drawGraph(outcome.playbook);
  for (const problem of outcome.problems) write(`${printProblem(problem)}\n`);
  return undefined;
}

/** Why no picture is written there; undefined: it may be. In a file of another ending an SVG would stand all the same, and nothing would open it. */
export function pictureProblem(out: string): string | undefined {
  if (/\.(?:svg|png)$/i.test(out)) return undefined;
  const name = shown(out.slice(0, out.length - extname(out).length));
  return `'${shown(out)}' ends neither in .svg nor in .png; nothing was written; write -o ${name}.svg or -o ${name}.png`;
}

const isServices = (file: string): boolean => /^services\.ya?ml$/.test(basename(file));

/** What services.yml may refer to: the playbooks in the same folder, by the name they give themselves; one that is bad, by its file's. */
function playbooksBeside(file: string): { playbooks: readonly string[]; loaded: readonly Playbook[] } {
  const names = readdirSync(dirname(file)).filter((name) => /\.ya?ml$/.test(name) && !isServices(name) && !KNOWN_ERRORS_FILES.includes(name));
  const read = names.map((name) => ({ name, outcome: loadPlaybook(readFileSync(join(dirname(file), name)), name, PLUGS.steps) }));
  return {
    playbooks: read.map(({ name, outcome }) => (outcome.ok ? outcome.playbook.name : name.replace(/\.ya?ml$/, ''))),
    loaded: read.flatMap(({ outcome }) => (outcome.ok ? [outcome.playbook] : [])),
  };
}
